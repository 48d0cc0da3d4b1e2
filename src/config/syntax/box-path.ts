import { isAbsolute, normalize } from "node:path";
import type { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Limit of a path in bytes, including its terminating NUL (PATH_MAX of Linux). */
const PATH_MAX = 4096;

/**
 * Returns a path in the box, which must be absolute, in canonical form (`/a/../b/` is `/b`).
 * @param refuse creates the error from the reason
 * @throws what `refuse` returns
 */
export function parseBoxPath(text: string, refuse: (reason: string) => BoxError): string {
  if (!isAbsolute(text)) throw refuse(`has ${quote(text)}, which is not an absolute path in the box`);
  if (text.includes("\0")) throw refuse("contains a NUL byte");
  if (Buffer.byteLength(text) >= PATH_MAX) throw refuse("has a path that is too long");
  return normalize(text).replace(/(?<=.)\/$/, "");
}

/** Directories that every box needs unchanged. */
const NEEDED = ["/proc", "/sys", "/dev", "/dev/pts"];

/** Files of /proc that may be mounted over, as with Docker. */
const SHOWN = [
  "cpuinfo",
  "diskstats",
  "loadavg",
  "meminfo",
  "net/dev",
  "slabinfo",
  "stat",
  "swaps",
  "uptime",
];

/**
 * Returns a mount point in the box, in canonical form: any path that does not hide what the box itself needs.
 * @throws what `refuse` returns
 */
export function parseMountPoint(text: string, refuse: (reason: string) => BoxError): string {
  const path = parseBoxPath(text, refuse);
  if (path === "/") throw refuse("would hide the root filesystem of the box");
  if (NEEDED.includes(path)) throw refuse(`would hide ${path}, which the box itself needs`);
  if (path.startsWith("/proc/") && !SHOWN.includes(path.slice("/proc/".length)))
    throw refuse(`cannot be mounted because it is inside /proc`);
  return path;
}
