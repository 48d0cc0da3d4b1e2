import { mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolderOf } from "../../host/files.js";
import { namesIn } from "../../host/read.js";
import { sweepLocks } from "../../host/lock.js";
import { hasEnded, thisProcess } from "../../host/owner.js";
import { sweepTemporaries } from "../../host/temporaries.js";
import { locksFolder, pushedFolder, temporaryFolder } from "./paths.js";
import type { Store } from "./store.js";

/**
 * A directory in `tmp/` for a single pull. Files created there are renamed into the store, so anything left behind by a
 * killed process does no harm.
 */
export interface Workspace {
  folder: string;
  /** Removes the directory and its contents. */
  remove(): Promise<void>;
}

const NAME = /^pull-(\d+-\d+-\d+)-\w+$/;
/** After this time, the directories of processes in other PID namespaces, which may have ended, are removed. */
const OTHER_NAMESPACE_MS = 24 * 3600 * 1000;

/** Removes the workspaces, locks and unfinished files of processes that have ended. */
export async function sweepWorkspaces(store: Store): Promise<void> {
  await sweepLocks(locksFolder(store));
  await sweepTemporaries(pushedFolder(store));
  const names = await namesIn(temporaryFolder(store));
  await Promise.all(
    names.map(async (name) => {
      const [, owner] = NAME.exec(name) ?? [];
      const path = join(temporaryFolder(store), name);
      if (owner === undefined || !(await hasEnded(owner, path, OTHER_NAMESPACE_MS))) return;
      await rm(path, { recursive: true, force: true });
    }),
  );
}

/** Creates a workspace. */
export async function createWorkspace(store: Store): Promise<Workspace> {
  await mkdir(temporaryFolder(store), { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(temporaryFolder(store), `pull-${thisProcess()}-`));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Creates a file in the workspace and fsyncs it. */
export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes a small file to the store, atomically replacing any existing one. Not for concurrent use of one workspace. */
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
