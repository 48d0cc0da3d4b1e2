import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { plansFolder, type Home } from "../../host/home.js";
import { writeFileUnsynced } from "../../host/files.js";
import { namesIn } from "../../host/read.js";
import { sweepTemporaries } from "../../host/temporaries.js";

/** Plans that are kept: those that were used last. */
const MOST_PLANS = 64;

async function evict(folder: string): Promise<void> {
  const names = (await namesIn(folder)).filter((name) => /^[0-9a-f]{16}$/.test(name));
  if (names.length <= MOST_PLANS) return;
  await sweepTemporaries(folder);
  const aged = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, usedMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  const oldest = aged.sort((a, b) => a.usedMs - b.usedMs).slice(0, names.length - MOST_PLANS);
  await Promise.all(oldest.map(({ path }) => rm(path, { force: true })));
}

/** Writes a plan. Does not wait for the disk: no plan is used after a reboot of the host. */
export async function writePlan(home: Home, name: string, bytes: Uint8Array): Promise<void> {
  const folder = plansFolder(home);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFileUnsynced(join(folder, name), bytes);
  await evict(folder);
}
