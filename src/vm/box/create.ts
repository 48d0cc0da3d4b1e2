import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BoxError, errnoOf } from "../../errors.js";
import { allEnded } from "../../host/abort.js";
import { makeFolder } from "../../host/files.js";
import { makeRuntimeFolder } from "../../host/runtime-folder.js";
import { isNamed, linkTarget } from "../../host/read.js";
import { recordBoxEvent } from "./event.js";
import { boxFiles, boxFolder, boxesFolder, namesFolder } from "./files.js";
import type { BoxRecord } from "./record.js";
import type { Home } from "../../host/home.js";

/** Prefix of the directory of a box that is being created; the creating process's PID follows. */
export const CREATING = ".creating-";

/** Returns a new box ID: 64 hexadecimal digits, as in Docker. */
export function newBoxId(): string {
  return randomBytes(32).toString("hex");
}

/** Docker's sentence, which scripts search for. */
function conflict(name: string, owner: string): string {
  return `Conflict. The container name "/${name}" is already in use by ${owner}. You have to remove (or rename) that container to be able to reuse that name.`;
}

/**
 * Reserves a name for a box. symlink(2) is atomic, so two commands never get the same name.
 * @throws BoxError name-in-use
 */
export async function reserveName(home: Home, name: string, id: string): Promise<void> {
  const path = join(namesFolder(home), name);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await symlink(id, path);
      return;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    await checkNameFree(home, name);
    await rm(path, { force: true });
  }
  throw new BoxError("name-in-use", conflict(name, "another command"), {
    subject: "record.name",
  });
}

/** @throws BoxError name-in-use if a box has the name at this moment */
export async function checkNameFree(home: Home, name: string): Promise<void> {
  const owner = await linkTarget(join(namesFolder(home), name));
  if (owner === undefined || !(await isNamed(boxFolder(home, owner)))) return;
  throw new BoxError("name-in-use", conflict(name, `container "${owner}"`), {
    subject: "record.name",
    hint: "remove that box or choose another name",
    detail: { box: name },
  });
}

/** The directory of a box while it is being created. */
export function creatingFolder(home: Home, id: string): string {
  return join(boxesFolder(home), `${CREATING}${process.pid}-${id}`);
}

/**
 * Creates the directory of a new box, completely or not at all.
 * @param fill may add files to the directory before it becomes visible
 * @param exists the directory of `creatingFolder` exists: it is that of a VM of a pool
 * @throws BoxError name-in-use, runtime-folder
 */
export async function createBox(
  home: Home,
  record: BoxRecord,
  fill: (folder: string) => Promise<void>,
  exists = false,
): Promise<string> {
  const temporary = creatingFolder(home, record.id);
  const folder = boxFolder(home, record.id);
  await Promise.all([
    exists ? undefined : makeFolder(temporary),
    mkdir(namesFolder(home), { recursive: true, mode: 0o700 }),
    makeRuntimeFolder(home),
  ]);
  try {
    await allEnded([
      writeFile(boxFiles(temporary).record, JSON.stringify(record), { mode: 0o600, flush: true }),
      fill(temporary),
    ]);
    // The directory first: a name whose box does not exist counts as free.
    await rename(temporary, folder);
    await reserveName(home, record.name, record.id);
  } catch (error) {
    await Promise.all([temporary, folder].map((path) => rm(path, { recursive: true, force: true })));
    throw error;
  }
  recordBoxEvent(home, record, "create");
  return folder;
}
