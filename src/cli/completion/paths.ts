import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Candidate } from "./candidate.js";

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

/**
 * Paths of this host behind a prefix, such as `oci:`, that shells would take for a part of the path. A directory ends
 * in a slash, for what is in it to follow.
 * @param typed the beginning of the path
 */
export async function pathsBehind(prefix: string, typed: string): Promise<Candidate[]> {
  const parent = typed.slice(0, typed.lastIndexOf("/") + 1);
  const beginning = typed.slice(parent.length);
  const names = await readdir(parent === "" ? "." : parent).catch(() => []);
  const fitting = names.filter(
    (name) => name.startsWith(beginning) && (beginning.startsWith(".") || !name.startsWith(".")),
  );
  return Promise.all(
    fitting.sort().map(async (name) => {
      const slash = (await isDirectory(join(parent === "" ? "." : parent, name))) ? "/" : "";
      return { text: `${prefix}${parent}${name}${slash}` };
    }),
  );
}
