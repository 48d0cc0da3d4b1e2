import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import type { DnsEntries } from "../config/syntax/dns.js";
import { isClosed } from "./closed.js";
import { RESOLVER } from "./guest-network.js";

const FALLBACK = "8.8.8.8";

export const HOST_FILES = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/** The last `search` or `domain` line wins, as in the C library; options accumulate. */
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
 * Returns the host's resolver if it is at an address that boxes cannot reach by themselves (loopback, or a cloud's
 * link-local address), the host has no other, and the box has no `--dns`. Only IPv4, since RESOLVER is an IPv4 address.
 */
export async function closedResolver(asked: DnsEntries, paths = HOST_FILES): Promise<string | undefined> {
  if (asked.servers.length > 0) return undefined;
  const hosts = await Promise.all(paths.map(read));
  if (hosts.some(({ servers }) => servers.some((server) => !isClosed(server)))) return undefined;
  return hosts[0]?.servers.find(isIPv4);
}

/**
 * Returns the content of the guest's /etc/resolv.conf. Servers: the requested ones; else the host's, or those behind its
 * stub resolver; else the stub itself, at RESOLVER; else 8.8.8.8. Search domains and options: the requested ones, else
 * the host's. `search .` means none, as in Docker.
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
