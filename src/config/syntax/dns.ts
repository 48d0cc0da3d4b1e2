import { isIP } from "node:net";
import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

const DOMAIN =
  /^(\.|[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*\.?)$/;

function checkServer(text: string): void {
  if (isIP(text) === 0 || text.includes("%"))
    throw new BoxError("invalid-dns", `${quote(text)} is not an IP address`);
  if (!/^(127\.|::1$)/.test(text)) return;
  throw new BoxError(
    "invalid-dns",
    `${quote(text)} is a loopback address: the box cannot reach a resolver there`,
    { hint: "name the server that the host's own resolver asks" },
  );
}

/**
 * Checks an entry of a BoxConfig's `dns`: a server's address, `search DOMAIN` or `options OPTION`, as resolv.conf(5)
 * has them.
 * @throws BoxError invalid-dns
 */
export function checkDnsEntry(text: string): void {
  const [, keyword, value = ""] = /^(search|options) (.*)$/s.exec(text) ?? [];
  if (keyword === undefined) return checkServer(text);
  if (keyword === "search") {
    if (value.length < 254 && DOMAIN.test(value)) return;
    throw new BoxError("invalid-dns", `${quote(value)} is not a domain`);
  }
  if (/^[a-z0-9-]{1,40}(:\d{1,5})?$/.test(value)) return;
  throw new BoxError("invalid-dns", `${quote(value)} is not an option of resolv.conf(5)`, {
    hint: "such as ndots:2, timeout:1 or rotate",
  });
}

/** What a BoxConfig's `dns` asks for; null where it says nothing. */
export interface DnsEntries {
  /** Addresses. */
  servers: string[];
  search: string[] | null;
  options: string[] | null;
}

/**
 * Parses a BoxConfig's `dns`, each entry as `checkDnsEntry` has it.
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
