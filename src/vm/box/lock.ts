import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { promisify } from "node:util";
import { undefinedIfMissing } from "../../host/read.js";
import { findRuntimeFiles } from "../runtime-files.js";
import type { Home } from "../../host/home.js";

const run = promisify(execFile);

/**
 * Returns those of the lock files that a monitor holds. Does not lock any of them.
 * @throws BoxError store-unreadable
 */
export async function heldLocks(home: Home, files: string[]): Promise<Set<string>> {
  if (files.length === 0) return new Set();
  const { vmmHelper } = await findRuntimeFiles(home);
  try {
    const { stdout } = await run(vmmHelper, ["locked", ...files], { maxBuffer: 64 << 20 });
    return new Set(stdout.split("\n").filter((line) => line !== ""));
  } catch (error) {
    for (const file of files) await undefinedIfMissing(access(file, constants.R_OK), file);
    throw error;
  }
}
