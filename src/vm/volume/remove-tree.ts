import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { BoxError, errnoOf } from "../../config/errors.js";

/**
 * Removes a folder in which users of a box have written. Where a caller without privileges ran the box, files of users
 * other than root belong to the caller's subordinate ids: only in a user namespace may the caller remove them.
 * @throws BoxError volume-not-removed
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
    return;
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(errnoOf(error) ?? "")) throw error;
  }
  const inside = ["--user", "--map-root-user", "--map-auto", "rm", "-rf", "--", path];
  try {
    await promisify(execFile)("unshare", inside);
  } catch (error) {
    throw new BoxError("volume-not-removed", `${path} holds files of others and cannot be removed`, {
      cause: error,
      hint: "install uidmap and give this user ids in /etc/subuid and /etc/subgid, or remove it as root",
      exitCode: 1,
    });
  }
}
