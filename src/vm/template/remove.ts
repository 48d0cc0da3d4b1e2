import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoOf } from "../../errors.js";
import { unfinished } from "./files.js";

/** Removes a template. VMs that have its files open are unaffected; none finds half of it. */
export async function removeTemplate(folder: string): Promise<void> {
  const away = join(dirname(folder), unfinished("removing"));
  try {
    await rename(folder, away);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  await rm(away, { recursive: true, force: true });
}
