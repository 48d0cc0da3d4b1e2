import { readFile } from "node:fs/promises";

/** Unescapes a path, as bytes in latin1. Spaces, tabs, newlines and backslashes are written as three octal digits. */
const pathOf = (escaped: string) =>
  escaped.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/**
 * Returns the mount points at or below a directory.
 * @param folder a path without symbolic links
 */
export async function mountsIn(folder: string): Promise<string[]> {
  const top = Buffer.from(folder).toString("latin1");
  const lines = (await readFile("/proc/self/mountinfo", "latin1")).split("\n");
  return lines
    .map((line) => pathOf(line.split(" ")[4] ?? ""))
    .filter((path) => path === top || path.startsWith(`${top}/`))
    .map((path) => Buffer.from(path, "latin1").toString());
}
