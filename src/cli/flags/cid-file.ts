import { closeSync, lstatSync, rmSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { checkCanMakeHere } from "../../host/files.js";
import { reasonOf } from "../../host/reason.js";
import { BoxError, errnoOf } from "../../errors.js";
import { bytesOf, holdFolderAt, pathIn } from "../../host/held.js";
import { quote } from "../../config/syntax/quote.js";

/** A file to write a box's ID to. */
export interface CidFile {
  write: (id: string) => Promise<void>;
  /** Removes the file unless it was written: the box was not created. */
  abandon: () => Promise<void>;
}

/** Keeps the directory open, so that the file is removed from where it was created, wherever the path leads by then. */
async function make(path: string): Promise<{ file: FileHandle; folder: number; place: Buffer }> {
  const whole = resolve(path);
  const folder = holdFolderAt(dirname(whole));
  try {
    const place = pathIn(folder, bytesOf(basename(whole)));
    return { file: await open(place, "wx", 0o644), folder, place };
  } catch (error) {
    closeSync(folder);
    throw error;
  }
}

function refusal(path: string, cause: unknown, taken = errnoOf(cause) === "EEXIST"): BoxError {
  return new BoxError(
    "cidfile",
    taken
      ? `container ID file found, make sure the other container isn't running or delete ${path}`
      : `--cidfile: ${quote(path)} cannot be created: ${reasonOf(cause)}`,
    {
      cause,
    },
  );
}

/**
 * Checks whether `createCidFile` would succeed, without creating anything.
 * @throws BoxError cidfile
 */
export function checkCidFile(path: string): void {
  const whole = resolve(path);
  let taken: boolean;
  try {
    taken = lstatSync(whole, { throwIfNoEntry: false }) !== undefined;
    if (!taken) checkCanMakeHere(dirname(whole));
  } catch (error) {
    throw refusal(path, error);
  }
  if (taken) throw refusal(path, undefined, true);
}

/**
 * Creates the file of `--cidfile`; as with Docker, it must not exist.
 * @throws BoxError cidfile
 */
export async function createCidFile(path: string): Promise<CidFile> {
  const { file, folder, place } = await make(path).catch((error: unknown) => {
    throw refusal(path, error);
  });
  let isWritten = false;
  return {
    write: async (id) => {
      isWritten = true;
      await file.writeFile(id);
      await file.close();
      closeSync(folder);
    },
    abandon: async () => {
      if (isWritten) return;
      await file.close();
      rmSync(place, { force: true });
      closeSync(folder);
    },
  };
}
