import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { BoxError, errnoOf } from "../../errors.js";
import { VMM_HELPER } from "./helper.js";
import { mountsIn } from "./mounts.js";

const HINTS: [word: string, hint: string][] = [
  ["is mounted there", "unmount it first (`umount`)"],
  ["immutable or append-only", "`chattr -i -a`, as root, makes it removable"],
  ["does not allow user namespaces", "this needs a user namespace, which this host does not allow"],
];
const OF_OTHERS =
  "install uidmap and give this user ids in /etc/subuid and /etc/subgid, or remove it as root";

function hintFor(reason: string): string | undefined {
  const found = HINTS.find(([word]) => reason.includes(word));
  if (found) return found[1];
  const forbidden = /: (Operation not permitted|Permission denied)$/.test(reason);
  return forbidden && process.geteuid?.() !== 0 ? OF_OTHERS : undefined;
}

function refuse(reason: string, cause?: unknown): BoxError {
  const hint = hintFor(reason);
  return new BoxError("volume-not-removed", reason, {
    hint,
    cause,
  });
}

/** @throws BoxError volume-not-removed where something is mounted in a folder: its files are not the folder's. */
export async function refuseMounts(path: string): Promise<void> {
  const real = await realpath(dirname(path)).catch(() => undefined);
  const [mount] = real === undefined ? [] : await mountsIn(join(real, basename(path)));
  if (mount !== undefined) throw refuse(`cannot remove ${mount}: a file system is mounted there`);
}

/** The helper's own line. */
function reasonOf(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  const line = /^box-vmm: (.*)$/m.exec(said)?.[1];
  return line ?? `box-vmm failed: ${error instanceof Error ? error.message : String(error)}`;
}

/**
 * Removes a folder in which users of a box have written, and may still be writing: its folders are as deep as they like,
 * names become links at any moment, and files may belong to the caller's subordinate ids. Only box's helper copes with
 * all of it, since Node cannot look a name up in an open folder, nor make a user namespace. What is mounted is not entered.
 * @param shown what the folder is called in messages
 * @throws BoxError volume-not-removed
 */
export async function removeTree(path: string, shown = path): Promise<void> {
  await refuseMounts(path);
  let real: string;
  try {
    real = join(await realpath(dirname(path)), basename(path));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  try {
    await promisify(execFile)(VMM_HELPER, ["remove", real]);
  } catch (error) {
    throw refuse(reasonOf(error).replaceAll(real, shown), error);
  }
}
