import { isAbsolute, normalize } from "node:path";
import type { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Bytes of a path, its closing NUL counted (PATH_MAX of Linux). */
const PATH_MAX = 4096;

/**
 * A path in the box: absolute, made canonical (`/a/../b/` is `/b`).
 * @param refuse makes the error from the reason.
 * @throws what refuse made
 */
export function parseBoxPath(text: string, refuse: (reason: string) => BoxError): string {
  if (!isAbsolute(text)) throw refuse(`has ${quote(text)}, which is not an absolute path in the box`);
  if (text.includes("\0")) throw refuse("has a NUL byte in it");
  if (Buffer.byteLength(text) >= PATH_MAX) throw refuse("is longer than a path can be");
  return normalize(text).replace(/(?<=.)\/$/, "");
}

/** Folders that every box needs as they are. */
const NEEDED = ["/proc", "/sys", "/dev", "/dev/pts"];

/** What of /proc may be hidden, as with Docker. */
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
 * A place in the box where something is mounted: a path that hides nothing that the box needs for itself.
 * @throws what refuse made
 */
export function parseMountPoint(text: string, refuse: (reason: string) => BoxError): string {
  const path = parseBoxPath(text, refuse);
  if (path === "/") throw refuse("would hide the whole root of the box");
  if (NEEDED.includes(path)) throw refuse(`would hide ${path}, which the box needs for itself`);
  if (path.startsWith("/proc/") && !SHOWN.includes(path.slice("/proc/".length)))
    throw refuse(`cannot be mounted because it is inside /proc`);
  return path;
}
