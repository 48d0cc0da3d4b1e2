import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import type { DnsEntries } from "../config/syntax/dns.js";
import { isClosed } from "./closed.js";
import { RESOLVER } from "./guest-network.js";

const FALLBACK = "8.8.8.8";

const HOST_FILES = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/** The last of several `search` or `domain` lines counts, as the C library has it; options add up. */
function parse(lines: string[]): DnsEntries {
  const found: DnsEntries = { servers: [], search: null, options: null };
  for (const line of lines) {
    const [word = "", ...values] = line.trim().split(/\s+/);
    const [first] = values;
    if (first === undefined) continue;
    if (word === "nameserver") found.servers.push(first);
    if (word === "search" || word === "domain") found.search = values;
    if (word === "options") found.options = [...(found.options ?? []), ...values];
  }
  return found;
}

async function read(path: string): Promise<DnsEntries> {
  const text = await readFile(path, "utf8").catch(() => "");
  return parse(text.split("\n"));
}

/**
 * The resolver at a closed address (the host's loopback, a cloud's link-local one) that a box has to be let through to:
 * the host's own, when it has no other and the box was given none. Only IPv4, as the modes' name for it is.
 */
export async function closedResolver(asked: DnsEntries, paths = HOST_FILES): Promise<string | undefined> {
  if (asked.servers.length > 0) return undefined;
  const hosts = await Promise.all(paths.map(read));
  if (hosts.some(({ servers }) => servers.some((server) => !isClosed(server)))) return undefined;
  return hosts[0]?.servers.find(isIPv4);
}

/**
 * Content of the guest's /etc/resolv.conf. Servers: those asked for; else the host's, or those behind its stub; else the
 * stub itself, by the name that the box has for it; else 8.8.8.8. Search domains and options: those asked for, else the
 * host's; `search .` is none, as Docker has it.
 */
export async function resolvConf(asked: DnsEntries, paths = HOST_FILES): Promise<string> {
  const hosts = await Promise.all(paths.map(read));
  const upstream = hosts.map(({ servers }) => servers.filter((server) => !isClosed(server)));
  const found = [asked.servers, ...upstream].find((servers) => servers.length > 0);
  const stub = found ? undefined : await closedResolver(asked, paths);
  const servers = found ?? [stub === undefined ? FALLBACK : RESOLVER];
  const search = (asked.search ?? hosts[0]?.search ?? []).filter((domain) => domain !== ".");
  const options = asked.options ?? hosts[0]?.options ?? [];
  return [
    ...(search.length > 0 ? [`search ${search.join(" ")}`] : []),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    "",
  ].join("\n");
}
