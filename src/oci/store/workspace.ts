import { rmSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, readdir, readlink, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolderOf } from "../../config/files.js";
import { temporaryFolder } from "./paths.js";

/**
 * A folder in `tmp/` of one pull alone. What is made there enters the store by rename, so whatever a killed process
 * leaves is in nobody's way.
 */
export interface Workspace {
  folder: string;
  /** Removes it and what is in it. */
  remove(): Promise<void>;
}

const NAME = /^pull-(\d+)-(\d+)-(\d+)-\w+$/;
/** A process of another pid namespace (a container on the same store) cannot be asked: its folder is kept so long. */
const FOREIGN_AGE_MS = 24 * 3600 * 1000;

/** Field 22 of /proc/PID/stat, the start time: with it a pid that is used again is another process. */
async function startTime(pid: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => undefined);
  // The program's name, field 2, may contain anything, parentheses and spaces too.
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19];
}

async function pidNamespace(): Promise<string> {
  const link = await readlink("/proc/self/ns/pid").catch(() => "");
  return /\d+/.exec(link)?.[0] ?? "0";
}

/** Removes the workspaces of processes that are gone. */
export async function sweepWorkspaces(): Promise<void> {
  const namespace = await pidNamespace();
  const names = await readdir(temporaryFolder()).catch(() => []);
  await Promise.all(
    names.map(async (name) => {
      const [, pid, start, home] = NAME.exec(name) ?? [];
      if (pid === undefined) return;
      const path = join(temporaryFolder(), name);
      if (home === namespace) {
        if ((await startTime(pid)) === start) return;
      } else {
        const made = await stat(path).catch(() => undefined);
        if (!made || Date.now() - made.mtimeMs < FOREIGN_AGE_MS) return;
      }
      await rm(path, { recursive: true, force: true });
    }),
  );
}

const ENDING: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Makes a workspace. A signal that ends this process removes it first. */
export async function createWorkspace(): Promise<Workspace> {
  const pid = String(process.pid);
  const start = (await startTime(pid)) ?? "0";
  await mkdir(temporaryFolder(), { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(temporaryFolder(), `pull-${pid}-${start}-${await pidNamespace()}-`));

  function end(signal: NodeJS.Signals): void {
    for (const each of ENDING) process.off(each, end);
    try {
      rmSync(folder, { recursive: true, force: true });
    } finally {
      process.kill(process.pid, signal);
    }
  }
  for (const signal of ENDING) process.on(signal, end);
  return {
    folder,
    remove: async () => {
      await rm(folder, { recursive: true, force: true });
      for (const signal of ENDING) process.off(signal, end);
    },
  };
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
