import { writeFileAtomic } from "../../host/files.js";
import { boxFiles } from "./files.js";
import type { BoxState } from "./record.js";

/** Records what became of a box. Apart from the schema, so that the monitor need not load it. */
export async function writeState(folder: string, state: BoxState): Promise<void> {
  await writeFileAtomic(boxFiles(folder).state, JSON.stringify(state));
}
