import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { BoxError, errnoOf, messageOf } from "../../errors.js";
import { VMM_HELPER } from "./helper.js";
import { mountsIn } from "./mounts.js";

const HINTS: [word: string, hint: string][] = [
  ["is mounted there", "unmount it first (`umount`)"],
  ["immutable or append-only", "run `chattr -i -a` on it as root"],
  ["does not allow user namespaces", "removing it requires a user namespace, which this host does not allow"],
];
const OF_OTHERS =
  "install uidmap and assign IDs to this user in /etc/subuid and /etc/subgid, or remove it as root";

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

/** @throws BoxError volume-not-removed if something is mounted in a directory, since those files belong elsewhere */
export async function refuseMounts(path: string): Promise<void> {
  const real = await realpath(dirname(path)).catch(() => undefined);
  const [mount] = real === undefined ? [] : await mountsIn(join(real, basename(path)));
  if (mount !== undefined) throw refuse(`cannot remove ${mount}: a file system is mounted there`);
}

/** Extracts the helper's error message. */
function reasonOf(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  const line = /^box-vmm: (.*)$/m.exec(stderr)?.[1];
  return line ?? `box-vmm failed: ${messageOf(error)}`;
}

/**
 * Removes a directory to which programs of a box have written, and may still be writing: it may be nested arbitrarily
 * deeply, names may be replaced by links at any moment, and files may belong to the caller's subordinate IDs. This needs
 * box's helper, because Node can neither look up a name relative to an open directory nor create a user namespace. Does
 * not descend into mounts.
 * @param shown path of the directory in messages
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
