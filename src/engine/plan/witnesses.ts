import { open, readFile, stat } from "node:fs/promises";
import { constants as os } from "node:os";
import { dirname } from "node:path";
import { errnoOf } from "../../errors.js";
import { describeFile } from "../../host/file-identity.js";
import { Witness } from "./table.js";

/** Something on the host that a plan depends on. native/client/run/witness.c looks at it in the same way. */
export interface Observation {
  kind: number;
  path: string;
  /** The findings, as text. */
  found: string;
  /** When it last changed, in milliseconds since 1970. */
  changedMs: number;
}

const isMissing = (error: unknown) => ["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "");

/** When a directory in which something is missing, or the nearest one above it that exists, last changed. */
async function folderChangedMs(path: string): Promise<number> {
  const folder = dirname(path);
  try {
    return (await stat(folder)).ctimeMs;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return folderChangedMs(folder);
  }
}

const absent = async (path: string): Promise<Observation> => ({
  kind: Witness.absent,
  path,
  found: "",
  changedMs: await folderChangedMs(path),
});

/** Describes what is at a path, or that nothing is. */
async function observe(
  kind: number,
  path: string,
  look: () => Promise<{ found: string; changedMs: number }>,
): Promise<Observation> {
  try {
    return { kind, path, ...(await look()) };
  } catch (error) {
    if (isMissing(error)) return absent(path);
    throw error;
  }
}

/** The identity of a file, which changes whenever its content does. */
export const fileAt = (path: string): Promise<Observation> =>
  observe(Witness.file, path, async () => {
    const stats = await stat(path, { bigint: true });
    return { found: describeFile(stats), changedMs: Number(stats.ctimeMs) };
  });

/** A directory, and who may access it. */
export const ownerOf = (path: string): Promise<Observation> =>
  observe(Witness.owner, path, async () => {
    const { dev, ino, mode, uid } = await stat(path, { bigint: true });
    return { found: [dev, ino, mode, uid].join(" "), changedMs: 0 };
  });

/** The content of a small file, which may be written again without a change. */
export const contentOf = (path: string): Promise<Observation> =>
  observe(Witness.content, path, async () => {
    const { ctimeMs } = await stat(path);
    return { found: await readFile(path, "utf8"), changedMs: ctimeMs };
  });

/** The size of a file that is only appended to when it is made. */
export const sizeOf = (path: string, bytes: number): Observation => ({
  kind: Witness.size,
  path,
  found: String(bytes),
  changedMs: 0,
});

/** Whether a device can be opened, or else the number of the error. */
export async function deviceAt(path: string): Promise<Observation> {
  const found = await open(path, "r+").then(
    async (file) => {
      await file.close();
      return 0;
    },
    (error: unknown) => os.errno[(errnoOf(error) ?? "") as keyof typeof os.errno],
  );
  return { kind: Witness.device, path, found: String(found), changedMs: 0 };
}

export const ipv6Is = (present: boolean): Observation => ({
  kind: Witness.ipv6,
  path: "",
  found: present ? "1" : "0",
  changedMs: 0,
});

/** That a file is missing or has no content, whether or not that is so now. */
export const emptyAt = (path: string): Observation => ({
  kind: Witness.empty,
  path,
  found: "",
  changedMs: 0,
});

/** Whether a file has been written within this time. The clock may have been set back since. */
export const recentIs = (present: boolean, path: string, mostMs: number): Observation => ({
  kind: present ? Witness.recent : Witness.stale,
  path,
  found: String(mostMs),
  changedMs: 0,
});

/** The end of a search through these paths, before which nothing was found. */
export async function searchOf(paths: readonly string[], found: string): Promise<Observation[]> {
  return Promise.all([...paths.slice(0, paths.indexOf(found)).map(absent), fileAt(found)]);
}
