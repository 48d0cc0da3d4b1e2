import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Builds a target of the native parts. It waits without blocking: a process that does not answer for a minute, as where
 * a compiler works on a slow machine, counts as dead with vitest.
 */
export async function makeNative(part: string, target: string): Promise<void> {
  const folder = join(import.meta.dirname, "..", "native", part);
  await promisify(execFile)("make", ["--silent", "-C", folder, target]);
}
