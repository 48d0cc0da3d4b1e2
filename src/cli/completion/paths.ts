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
 * Completes host paths after a prefix such as `oci:`, which shells would treat as part of the path. Directories end with
 * a slash, so that completion can continue inside them.
 * @param typed the path typed so far
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
