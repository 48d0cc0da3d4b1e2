import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BoxError } from "../../errors.js";
import { searchRuntimeFolders } from "../../host/runtime-folder.js";
import type { Home } from "../../host/home.js";

/**
 * Removes sockets that nobody listens on any more, wherever they are.
 * @param names of files.ts
 */
export async function removeSockets(home: Home, ...names: string[]): Promise<void> {
  try {
    await searchRuntimeFolders(home, async (folder) => {
      await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
      return undefined;
    });
  } catch (error) {
    // In a folder that is not this user's alone there is nothing of box's.
    if (!(error instanceof BoxError)) throw error;
  }
}
