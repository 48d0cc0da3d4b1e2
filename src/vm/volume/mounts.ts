import { readFile } from "node:fs/promises";

/** A path as bytes in latin1: a space, a tab, a line end or a backslash is a backslash and three octal digits there. */
const pathOf = (escaped: string) =>
  escaped.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/**
 * Where something is mounted at a folder or below it.
 * @param folder a path without links
 */
export async function mountsIn(folder: string): Promise<string[]> {
  const top = Buffer.from(folder).toString("latin1");
  const lines = (await readFile("/proc/self/mountinfo", "latin1")).split("\n");
  return lines
    .map((line) => pathOf(line.split(" ")[4] ?? ""))
    .filter((path) => path === top || path.startsWith(`${top}/`))
    .map((path) => Buffer.from(path, "latin1").toString());
}
