import { writeFileAtomic } from "../../host/files.js";
import { readJson } from "../../host/read.js";
import { takeName } from "./create.js";
import { recordBoxEvent } from "./event.js";
import { boxFiles } from "./files.js";
import type { Box } from "./find.js";
import type { BoxRecord } from "./record.js";
import { withRecord } from "./record-lock.js";
import { removeName } from "./remove.js";
import type { Home } from "../../host/home.js";

/**
 * Gives a box another name. A crash between the steps leaves it with both names, never with none.
 * @throws BoxError name-in-use
 */
export async function renameBox(home: Home, { folder, record }: Box, name: string): Promise<void> {
  if (name === record.name) return;
  await takeName(home, name, record.id);
  const path = boxFiles(folder).record;
  const oldName = await withRecord(home, record.id, async () => {
    // As it is by now: another command may have written it meanwhile.
    const current = (await readJson(path)) as Pick<BoxRecord, "name">;
    await writeFileAtomic(path, JSON.stringify({ ...current, name }));
    return current.name;
  });
  await removeName(home, oldName, record.id);
  recordBoxEvent(home, { ...record, name }, "rename", { oldName });
}
