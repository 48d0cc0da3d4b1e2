import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../../host/alive.js";

const STAGED = /^next-(\d+)\./;

/** What this process prepares for a box's folder; it takes its place under the box's lock. */
export function stagedFiles(folder: string): { record: string; writableLayer: string } {
  return {
    record: join(folder, `next-${process.pid}.json`),
    writableLayer: join(folder, `next-${process.pid}.ext4`),
  };
}

/** Removes what processes left that were killed. */
export async function sweepStagedFiles(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((file) => {
    const [, pid] = STAGED.exec(file) ?? [];
    return pid !== undefined && !isAlive(Number(pid));
  });
  await Promise.all(left.map((file) => rm(join(folder, file), { force: true })));
}
