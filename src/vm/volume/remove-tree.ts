import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { open, readdir, rmdir, unlink } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BoxError, errnoOf } from "../../errors.js";
import { heldPath } from "../../host/held.js";

/** Beside this bundle; looked for by those few who need it. */
const HELPER = fileURLToPath(new URL("native/box-vmm", import.meta.url));

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Names are bytes: a guest's need not be UTF-8. */
const inside = (fd: number, name: Buffer) => Buffer.concat([Buffer.from(`${heldPath(fd)}/`), name]);

async function removeEntry(path: Buffer): Promise<void> {
  try {
    await unlink(path);
    return;
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT") return;
    // Linux's for a folder, and POSIX's.
    if (code !== "EISDIR" && code !== "EPERM") throw error;
    await empty(path).catch((inner: unknown) => {
      throw errnoOf(inner) === "ENOTDIR" ? error : inner;
    });
  }
  await rmdir(path);
}

/** Each folder is opened below the one before it: a guest that exchanges one for a link does not lead out. */
async function empty(path: Buffer): Promise<void> {
  const folder = await open(path, FOLDER);
  try {
    const names = await readdir(heldPath(folder.fd), { encoding: "buffer" });
    for (const name of names) await removeEntry(inside(folder.fd, name));
  } finally {
    await folder.close();
  }
}

/**
 * Removes a folder in which users of a box have written, and may still be writing. Where a caller without privileges
 * ran the box, files of users other than root belong to the caller's subordinate ids: only in a user namespace may the
 * caller remove them.
 * @throws BoxError volume-not-removed
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await removeEntry(Buffer.from(path));
    return;
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(errnoOf(error) ?? "")) throw error;
  }
  try {
    // Where AppArmor restricts user namespaces, box's helper may make them.
    await promisify(execFile)(HELPER, ["remove", resolve(path)]);
  } catch (error) {
    const forbidden = error instanceof Error && error.message.includes("does not allow user namespaces");
    throw new BoxError("volume-not-removed", `${path} holds files of others and cannot be removed`, {
      cause: error,
      hint: forbidden
        ? "this needs a user namespace, which this host does not allow; `box info` tells why"
        : "install uidmap and give this user ids in /etc/subuid and /etc/subgid, or remove it as root",
      exitCode: 1,
    });
  }
}
