import { readJson, writeFileAtomic } from "../../config/files.js";
import { takeName } from "./create.js";
import { recordBoxEvent } from "./event.js";
import { boxFiles } from "./files.js";
import type { Box } from "./find.js";
import { removeName } from "./remove.js";

/**
 * Gives a box another name. A crash between the steps leaves it with both names, never with none.
 * @throws BoxError name-in-use
 */
export async function renameBox({ folder, record }: Box, name: string): Promise<void> {
  if (name === record.name) return;
  await takeName(name, record.id);
  const path = boxFiles(folder).record;
  // All that is there, as it is there: a start may have written it meanwhile.
  const current = (await readJson(path)) as object;
  await writeFileAtomic(path, JSON.stringify({ ...current, name }));
  await removeName(record.name, record.id);
  recordBoxEvent({ ...record, name }, "rename", { oldName: record.name });
}
