import { isIP } from "node:net";
import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Placeholder for the address at which the box can reach this host. */
export const HOST_GATEWAY = "host-gateway";

/** An entry of /etc/hosts. */
export interface ExtraHost {
  name: string;
  /** IP address, or `host-gateway`. */
  address: string;
}

function invalid(text: string, reason: string): BoxError {
  return new BoxError("invalid-add-host", `${quote(text)} ${reason}`, {
    hint: `write NAME:ADDRESS, such as db:10.0.0.5, db:[fd00::5] or host.box.internal:${HOST_GATEWAY}`,
  });
}

/**
 * Parses `NAME:ADDRESS` or `NAME=ADDRESS`; the address may be in brackets.
 * @throws BoxError invalid-add-host
 */
export function parseAddHost(text: string): ExtraHost {
  const equals = text.indexOf("=");
  const at = equals < 0 ? text.indexOf(":") : equals;
  const name = text.slice(0, Math.max(at, 0));
  // The name becomes a word of /etc/hosts.
  if (!/^[^\s:#\u0000-\u0020\u007f-\u009f]{1,253}$/.test(name)) throw invalid(text, "has an invalid name");
  const rest = text.slice(at + 1);
  const address = rest.startsWith("[") && rest.endsWith("]") ? rest.slice(1, -1) : rest;
  if (address !== HOST_GATEWAY && (isIP(address) === 0 || address.includes("%"))) {
    throw invalid(text, `has an invalid IP address ${quote(rest)}`);
  }
  return { name, address };
}

/** The canonical notation; `parseAddHost(formatAddHost(h))` returns `h`. */
export function formatAddHost({ name, address }: ExtraHost): string {
  return `${name}:${address}`;
}
