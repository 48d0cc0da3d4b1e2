import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../../host/alive.js";
import { sweepTemporaries } from "../../host/temporaries.js";

const STAGED = /^next-(\d+)\./;

/** Files that this process prepares in a box's directory, to be moved into place under the box's lock. */
export function stagedFiles(folder: string): { record: string; writableLayer: string } {
  return {
    record: join(folder, `next-${process.pid}.json`),
    writableLayer: join(folder, `next-${process.pid}.ext4`),
  };
}

/** Removes the staged and unfinished files of processes that were killed. */
export async function sweepStagedFiles(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((file) => {
    const [, pid] = STAGED.exec(file) ?? [];
    return pid !== undefined && !isAlive(Number(pid));
  });
  await Promise.all([
    sweepTemporaries(folder),
    ...left.map((file) => rm(join(folder, file), { force: true })),
  ]);
}
