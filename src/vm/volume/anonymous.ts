import { join } from "node:path";
import { namesIn, readJson } from "../../host/read.js";
import { boxesFolder, boxFiles } from "../box/files.js";
import type { BoxRecord } from "../box/record.js";
import { removeVolume } from "./folders.js";
import type { Home } from "../../host/home.js";

/** Returns the volumes in a record, which may be damaged: the monitor loads no validator. */
function volumesIn(record: unknown): unknown[] {
  const { namedVolumes } = (record ?? {}) as { namedVolumes?: unknown };
  return Array.isArray(namedVolumes)
    ? namedVolumes.map((volume: Partial<Record<string, unknown>> | null) => volume?.["name"])
    : [];
}

/** Returns the volumes of all boxes, including those that are just being created. */
async function usedVolumes(home: Home): Promise<Set<unknown>> {
  const folders = (await namesIn(boxesFolder(home))).map((name) => join(boxesFolder(home), name));
  // A box that cannot be read does not affect the others.
  const records = await Promise.all(
    folders.map((folder) => readJson(boxFiles(folder).record).catch(() => undefined)),
  );
  return new Set(records.flatMap(volumesIn));
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
  const used = await usedVolumes(home);
  const unused = own.filter(({ name }) => !used.has(name));
  const removed = await Promise.allSettled(unused.map(({ name }) => removeVolume(home, name)));
  for (const each of removed) if (each.status === "rejected") throw each.reason;
}
