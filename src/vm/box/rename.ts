import { BoxError } from "../../errors.js";
import { writeFileAtomic } from "../../host/files.js";
import { readJson } from "../../host/read.js";
import { reserveName } from "./create.js";
import { recordBoxEvent } from "./event.js";
import { boxFiles } from "./files.js";
import type { Box } from "./find.js";
import type { BoxRecord } from "./record.js";
import { withRecord } from "./record-lock.js";
import { removeName } from "./remove.js";
import type { Home } from "../../host/home.js";

/**
 * Renames a box. A crash between the steps leaves it with both names, never with none; an error leaves it with only the
 * old one.
 * @throws BoxError name-in-use, no-such-box; system errors if the record cannot be written
 */
export async function renameBox(home: Home, { folder, record }: Box, name: string): Promise<void> {
  await reserveName(home, name, record.id);
  const path = boxFiles(folder).record;
  const read = async () => (await readJson(path)) as Pick<BoxRecord, "name"> | undefined;
  let oldName: string;
  try {
    oldName = await withRecord(home, record.id, async () => {
      // Reread it: another command may have written it in the meantime.
      const current = await read();
      if (!current) throw new BoxError("no-such-box", `No such container: ${record.name}`);
      await writeFileAtomic(path, JSON.stringify({ ...current, name }));
      return current.name;
    });
  } catch (error) {
    const kept = await read().catch(() => undefined);
    if (kept?.name !== name) await removeName(home, name, record.id);
    throw error;
  }
  await removeName(home, oldName, record.id);
  recordBoxEvent(home, { ...record, name }, "rename", { oldName });
}
