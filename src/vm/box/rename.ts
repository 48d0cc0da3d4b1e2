import { BoxError, messageOf } from "../../errors.js";
import { writeFileAtomic } from "../../host/files.js";
import { readJson } from "../../host/read.js";
import { reserveName } from "./create.js";
import { recordBoxEvent } from "./event.js";
import { boxFiles } from "./files.js";
import type { Box } from "./find.js";
import { changeNames } from "./networks.js";
import type { BoxRecord } from "./record.js";
import { withRecord } from "./record-lock.js";
import { removeName } from "./remove.js";
import type { Home } from "../../host/home.js";

/** Renames a running box on its networks, under the lock on its record. */
async function renameOnNetworks(
  home: Home,
  box: Box,
  record: BoxRecord,
  warn: (line: string) => void,
): Promise<void> {
  try {
    await changeNames(home, box, record);
  } catch (error) {
    const why = messageOf(error);
    warn(`${record.name} keeps its former name on its networks until it is restarted: ${why}`);
  }
}

/**
 * Renames a box. A crash between the steps leaves it with both names, never with none; an error leaves it with only the
 * old one.
 * @param warn called if a running box keeps its former name on its networks
 * @throws BoxError name-in-use, no-such-box; system errors if the record cannot be written
 */
export async function renameBox(
  home: Home,
  box: Box,
  name: string,
  warn: (line: string) => void,
): Promise<void> {
  const { folder, record } = box;
  await reserveName(home, name, record.id);
  const path = boxFiles(folder).record;
  const read = async () => (await readJson(path)) as BoxRecord | undefined;
  let oldName: string;
  try {
    oldName = await withRecord(home, record.id, async () => {
      // Reread it: another command may have written it in the meantime.
      const current = await read();
      if (!current) throw new BoxError("no-such-box", `No such container: ${record.name}`);
      const renamed = { ...current, name };
      await writeFileAtomic(path, JSON.stringify(renamed));
      await renameOnNetworks(home, box, renamed, warn);
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
