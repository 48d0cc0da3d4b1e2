import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BoxError } from "../../errors.js";
import { searchRuntimeFolders } from "../../host/runtime-folder.js";
import type { Home } from "../../host/home.js";

/**
 * Removes sockets on which no process listens any more, in every runtime directory.
 * @param names names from files.ts
 */
export async function removeSockets(home: Home, ...names: string[]): Promise<void> {
  try {
    await searchRuntimeFolders(home, async (folder) => {
      await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
      return undefined;
    });
  } catch (error) {
    // A directory that others can write to contains none of box's sockets.
    if (!(error instanceof BoxError)) throw error;
  }
}
