import { isIP } from "node:net";
import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

const DOMAIN =
  /^(\.|[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*\.?)$/;

function checkServer(text: string): void {
  if (isIP(text) === 0 || text.includes("%"))
    throw new BoxError("invalid-dns", `${quote(text)} is not an IP address`);
  if (!/^(127\.|::1$)/.test(text)) return;
  throw new BoxError("invalid-dns", `${quote(text)} is a loopback address, which the box cannot reach`, {
    hint: "use the server that the host's resolver forwards to",
  });
}

/**
 * Checks an entry of a BoxConfig's `dns`: the address of a server, `search DOMAIN` or `options OPTION`, as in
 * resolv.conf(5).
 * @throws BoxError invalid-dns
 */
export function checkDnsEntry(text: string): void {
  const [, keyword, value = ""] = /^(search|options) (.*)$/s.exec(text) ?? [];
  if (keyword === undefined) return checkServer(text);
  if (keyword === "search") {
    if (value.length < 254 && DOMAIN.test(value)) return;
    throw new BoxError("invalid-dns", `${quote(value)} is not a valid domain`);
  }
  if (/^[a-z0-9-]{1,40}(:\d{1,5})?$/.test(value)) return;
  throw new BoxError("invalid-dns", `${quote(value)} is not an option of resolv.conf(5)`, {
    hint: "for example ndots:2, timeout:1 or rotate",
  });
}

/** The entries of a BoxConfig's `dns`, by kind; null if absent. */
export interface DnsEntries {
  /** Addresses. */
  servers: string[];
  search: string[] | null;
  options: string[] | null;
}

/**
 * Parses a BoxConfig's `dns`; see `checkDnsEntry`.
 * @throws BoxError invalid-dns
 */
export function parseDns(entries: readonly string[]): DnsEntries {
  const valuesOf = (keyword: string) =>
    entries.filter((entry) => entry.startsWith(keyword)).map((entry) => entry.slice(keyword.length));
  const orNull = (list: string[]) => (list.length > 0 ? list : null);
  entries.forEach(checkDnsEntry);
  return {
    servers: entries.filter((entry) => !entry.includes(" ")),
    search: orNull(valuesOf("search ")),
    options: orNull(valuesOf("options ")),
  };
}
