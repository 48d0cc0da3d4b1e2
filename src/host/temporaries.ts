import { lstat, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasEnded, thisProcess } from "./owner.js";
import { namesIn } from "./read.js";

let temporaries = 0;

/** Returns an unused path next to another one, unique across processes and within this one. */
export function temporaryBeside(path: string): string {
  return `${path}.${thisProcess()}-${temporaries++}.tmp`;
}

const NAME = /\.(\d+-\d+-\d+)-\d+\.tmp$/;
/** After this time, the files of processes in other PID namespaces, and of older versions of box, are removed. */
const FOREIGN_MS = 24 * 3600 * 1000;

async function isLeft(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isFile() !== true) return false;
  const [, owner] = NAME.exec(path) ?? [];
  return owner === undefined ? Date.now() - stats.mtimeMs >= FOREIGN_MS : hasEnded(owner, path, FOREIGN_MS);
}

/** Removes the unfinished files of processes that were killed from a directory of box's own. */
export async function sweepTemporaries(folder: string): Promise<void> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith(".tmp"));
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      if (await isLeft(path)) await rm(path, { force: true });
    }),
  );
}
