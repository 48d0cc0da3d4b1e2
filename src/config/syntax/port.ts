import { isIP } from "node:net";
import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";
import { within } from "./within.js";

/** One published port (Docker's port binding). */
export interface PortBinding {
  /** Host address; empty for all addresses of the host. */
  address: string;
  /** Host port; 0 lets box pick a free one. */
  hostPort: number;
  /** End of a range of host ports that begins with `hostPort`; box picks the first free one. */
  hostLast?: number;
  guestPort: number;
  protocol: "tcp" | "udp";
}

function invalid(text: string, reason: string): BoxError {
  return new BoxError("invalid-port", `${quote(text)} ${reason}`, {
    hint: "write [ADDRESS:]HOST_PORT:BOX_PORT, such as 8080:80 or 127.0.0.1:8080:80",
  });
}

function parseRange(text: string, whole: string): [number, number] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!match) throw invalid(whole, `has an invalid port ${quote(text)}`);
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (last > 65535)
    throw invalid(whole, `has port ${String(Math.max(first, last))}; the highest port is 65535`);
  if (last < first) throw invalid(whole, `has a range that ends before it begins`);
  return [first, last];
}

/** Splits `[::1]:8080:80` and `127.0.0.1:8080:80` into address and the rest. */
function splitAddress(text: string, whole: string): [string, string[]] {
  if (text.startsWith("[")) {
    const end = text.indexOf("]:");
    const address = text.slice(1, end);
    if (end < 0 || isIP(address) !== 6) throw invalid(whole, "has an invalid IPv6 address in brackets");
    return [address, text.slice(end + 2).split(":")];
  }
  const parts = text.split(":");
  if (parts.length >= 3) {
    // As in Docker, an IPv6 address may come without brackets: the last two parts are the ports.
    const address = parts.slice(0, -2).join(":");
    if (address !== "" && isIP(address) === 0)
      throw invalid(whole, `has an invalid IP address ${quote(address)}`);
    return [address, parts.slice(-2)];
  }
  return ["", parts];
}

/** Writes `target=80,published=8080,protocol=tcp` as `8080:80/tcp`; like Docker, ignores unknown names. */
function shorten(text: string): string {
  const values = new Map([["protocol", "tcp"]]);
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    if (equals <= 0) throw invalid(text, `has ${quote(part)}, which should be NAME=VALUE`);
    values.set(part.slice(0, equals), part.slice(equals + 1));
  }
  const of = (name: string) => values.get(name) ?? "";
  return `${of("published")}:${of("target")}/${of("protocol")}`;
}

/**
 * Parses Docker's `-p`: `[ip:][host]:guest[/proto]`, with ranges on either side; `guest` alone picks a host port. Or the
 * long notation, `target=80,published=8080`.
 * @returns one binding per port, in order
 * @throws BoxError invalid-port
 */
export function parsePort(text: string): PortBinding[] {
  if (text.includes("=")) return within(quote(text), () => parsePort(shorten(text)));
  const [binding = "", suffix = "tcp", ...more] = text.split("/", 4);
  const protocol = suffix === "TCP" ? "tcp" : suffix === "UDP" ? "udp" : suffix;
  if (more.length > 0 || (protocol !== "tcp" && protocol !== "udp")) {
    throw invalid(text, `has an unknown protocol; use tcp or udp`);
  }
  const [address, parts] = splitAddress(binding, text);
  const guestText = parts.pop() ?? "";
  if (parts.length > 1) throw invalid(text, "has too many parts");
  if (address !== "" && parts.length === 0) throw invalid(text, "has an address but no host port");
  const [guestFirst, guestLast] = parseRange(guestText, text);
  if (guestFirst === 0) throw invalid(text, "has port 0 as the port of the box");
  const hostText = parts[0] ?? "";
  const [hostFirst, hostLast] = hostText === "" ? [0, 0] : parseRange(hostText, text);
  const count = guestLast - guestFirst;
  // As in Docker, a range of host ports for a single port of the box.
  if (count === 0 && hostFirst !== 0 && hostLast > hostFirst) {
    return [{ address, hostPort: hostFirst, hostLast, guestPort: guestFirst, protocol }];
  }
  if (hostFirst !== 0 && hostLast - hostFirst !== count) {
    throw invalid(text, "has ranges of different lengths");
  }
  return Array.from({ length: count + 1 }, (_, i) => ({
    address,
    hostPort: hostFirst === 0 ? 0 : hostFirst + i,
    guestPort: guestFirst + i,
    protocol,
  }));
}

/** The canonical notation of a binding; `parsePort(formatPort(b))` returns `[b]`. */
export function formatPort({ address, hostPort, hostLast, guestPort, protocol }: PortBinding): string {
  const host = address.includes(":") ? `[${address}]:` : address === "" ? "" : `${address}:`;
  return `${host}${hostPort === 0 ? (host === "" ? "" : ":") : `${hostPort}${hostLast === undefined ? "" : `-${hostLast}`}:`}${guestPort}/${protocol}`;
}
