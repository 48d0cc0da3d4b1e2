import { readdir } from "node:fs/promises";
import { namesFolder } from "../../vm/box/files.js";
import type { Context } from "../context.js";

/** They are links in one folder: nothing else has to be read. */
export async function names({ home }: Context): Promise<string[]> {
  return readdir(namesFolder(home)).catch(() => []);
}
