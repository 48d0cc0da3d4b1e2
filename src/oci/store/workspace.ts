import { mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolderOf } from "../../host/files.js";
import { namesIn } from "../../host/read.js";
import { sweepLocks } from "../../host/lock.js";
import { hasEnded, thisProcess } from "../../host/owner.js";
import { locksFolder, temporaryFolder } from "./paths.js";
import type { Store } from "./store.js";

/**
 * A folder in `tmp/` of one pull alone. What is made there enters the store by rename, so whatever a killed process
 * leaves is in nobody's way.
 */
export interface Workspace {
  folder: string;
  /** Removes it and what is in it. */
  remove(): Promise<void>;
}

const NAME = /^pull-(\d+-\d+-\d+)-\w+$/;
/** How long the folder of a process is kept that cannot be asked. */
const FOREIGN_AGE_MS = 24 * 3600 * 1000;

/** Removes the workspaces and locks of processes that are gone. */
export async function sweepWorkspaces(store: Store): Promise<void> {
  await sweepLocks(locksFolder(store));
  const names = await namesIn(temporaryFolder(store));
  await Promise.all(
    names.map(async (name) => {
      const [, owner] = NAME.exec(name) ?? [];
      const path = join(temporaryFolder(store), name);
      if (owner === undefined || !(await hasEnded(owner, path, FOREIGN_AGE_MS))) return;
      await rm(path, { recursive: true, force: true });
    }),
  );
}

/** Makes a workspace. */
export async function createWorkspace(store: Store): Promise<Workspace> {
  await mkdir(temporaryFolder(store), { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(temporaryFolder(store), `pull-${thisProcess()}-`));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes a file of the workspace and fsyncs it. */
export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a small file appear in the store, whole, in place of what is there. One at a time. */
export async function publishFile(
  { folder }: Workspace,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const temporary = join(folder, "file");
  await writeSynced(temporary, content);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rename(temporary, path);
  await syncFolderOf(path);
}
