import { readFile } from "node:fs/promises";

const FALLBACK = "8.8.8.8";

/** Loopback resolvers (127.0.0.53 and the like) live on the host alone: a guest cannot ask them. */
function reachable(address: string): boolean {
  return !/^(127\.|0\.|::1$|::ffff:127\.|fe80:)/i.test(address);
}

function parse(text: string): { servers: string[]; rest: string[] } {
  const lines = text.split("\n").map((line) => line.trim());
  const servers = lines.flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
  return {
    servers: servers.filter(reachable),
    rest: lines.filter((line) => /^(search|domain|options)\s/.test(line)),
  };
}

async function read(path: string): Promise<{ servers: string[]; rest: string[] }> {
  try {
    return parse(await readFile(path, "utf8"));
  } catch {
    return { servers: [], rest: [] };
  }
}

/**
 * Content of the guest's /etc/resolv.conf: the servers asked for, else the host's (those of systemd-resolved when
 * the host itself only knows its stub), else 8.8.8.8.
 */
export async function resolvConf(
  asked: string[],
  paths = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"],
): Promise<string> {
  const hosts = await Promise.all(paths.map(read));
  const servers =
    asked.length > 0 ? asked : (hosts.find((host) => host.servers.length > 0)?.servers ?? [FALLBACK]);
  const rest = hosts[0]?.rest ?? [];
  return [...rest, ...servers.map((server) => `nameserver ${server}`), ""].join("\n");
}
