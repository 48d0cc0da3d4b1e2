import { readdir } from "node:fs/promises";
import { namesFolder } from "../../vm/box/files.js";
import type { Context } from "../context.js";

/** Lists the names of all boxes. They are links in one directory, so nothing else has to be read. */
export async function names({ home }: Context): Promise<string[]> {
  return readdir(namesFolder(home)).catch(() => []);
}
