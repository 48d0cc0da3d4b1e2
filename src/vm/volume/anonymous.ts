import { join } from "node:path";
import { namesIn, readRecordFile } from "../../host/read.js";
import { boxesFolder, boxFiles } from "../box/files.js";
import type { BoxRecord } from "../box/record.js";
import { removeVolume } from "./folders.js";
import type { Home } from "../../host/home.js";

/** Returns a box's record as it is; `unreadable` if that is impossible. */
async function textOf(folder: string): Promise<Buffer | "unreadable" | undefined> {
  return readRecordFile(boxFiles(folder).record).catch(() => "unreadable" as const);
}

/**
 * Returns a function that tells whether a box may use a volume, including boxes that are just being created. The records are
 * searched as text: they may be damaged, and the monitor loads no validator. One that cannot be read may name any volume.
 */
async function findUsed(home: Home): Promise<(name: string) => boolean> {
  const folders = (await namesIn(boxesFolder(home))).map((name) => join(boxesFolder(home), name));
  const texts = await Promise.all(folders.map(textOf));
  return (name) => texts.some((text) => text === "unreadable" || text?.includes(`"${name}"`) === true);
}

/**
 * Removes the anonymous volumes of a box that no other box uses, after the box itself has been removed.
 * @throws BoxError volume-not-removed, after all others have been removed
 */
export async function removeAnonymous(
  home: Home,
  { namedVolumes }: Pick<BoxRecord, "namedVolumes">,
): Promise<void> {
  const own = namedVolumes.filter(({ anonymous, shared }) => anonymous || shared === true);
  if (own.length === 0) return;
  const isUsed = await findUsed(home);
  const unused = own.filter(({ name }) => !isUsed(name));
  const removed = await Promise.allSettled(unused.map(({ name }) => removeVolume(home, name)));
  for (const each of removed) if (each.status === "rejected") throw each.reason;
}
