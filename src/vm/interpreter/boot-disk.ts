import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { identityOf } from "../../host/file-identity.js";
import { templatesFolder, type Home } from "../../host/home.js";
import { sweepTemporaries, temporaryBeside } from "../../host/temporaries.js";
import { explainWriteFailure } from "../../host/write-failure.js";
import { demand, type RuntimeFiles } from "../runtime-files.js";
import { registration } from "./architectures.js";
import type { Interpreter } from "./find.js";

/** Changes whenever other files, or a different format, are put on the disks. */
const VERSION = 1;
/** As on the usual boot disk (native/agent/Makefile), and the mount point of binfmt_misc. */
const FOLDERS = ["dev", "sys", "image", "upper", "kept", "root", "binfmt"];
/** Position of the UUID in an EROFS image. It identifies what the disk was made from. */
const UUID_OFFSET = 1024 + 48;
const UUID_BYTES = 16;

const lineOf = async (path: string) => `${path} ${await identityOf(path)}`;

async function uuidOf(agent: string, { path }: Interpreter): Promise<Buffer> {
  const lines = [VERSION, ...(await Promise.all([agent, path].map(lineOf)))];
  return createHash("sha256").update(lines.join("\n")).digest().subarray(0, UUID_BYTES);
}

/** Neither follows links nor waits for the other end of a FIFO. */
const CAREFULLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Whether a path is that of a complete disk with this UUID. */
async function isDisk(disk: string, uuid: Buffer): Promise<boolean> {
  const { FILES_HEAD_BYTES, filesDiskBytes } = await import("../../oci/index/files-disk.js");
  try {
    const file = await open(disk, CAREFULLY);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size < FILES_HEAD_BYTES) return false;
      const head = Buffer.alloc(FILES_HEAD_BYTES);
      await file.read(head, 0, head.length, 0);
      const found = head.subarray(UUID_OFFSET, UUID_OFFSET + UUID_BYTES);
      return found.equals(uuid) && filesDiskBytes(head) === stats.size;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (["ENOENT", "ELOOP", "ENXIO"].includes(errnoOf(error) ?? "")) return false;
    throw error;
  }
}

/** Writes a new boot disk. Its UUID is that of what it was made from when this started. */
async function writeDisk(
  disk: string,
  uuid: Buffer,
  agent: string,
  { architecture, path }: Interpreter,
): Promise<void> {
  const { makeFilesDisk } = await import("../../oci/index/files-disk.js");
  const inGuest = `usr/bin/qemu-${architecture.qemu}`;
  const [init, emulator] = await Promise.all([readFile(agent), readFile(path)]);
  const parts = makeFilesDisk(FOLDERS, [
    { path: "init", mode: 0o755, data: init },
    { path: inGuest, mode: 0o755, data: emulator },
    { path: "binfmt.conf", mode: 0o444, data: Buffer.from(registration(architecture, `/${inGuest}`)) },
  ]);
  const [metadata] = parts;
  if (metadata) uuid.copy(metadata, UUID_OFFSET);
  const file = await open(disk, "wx", 0o600);
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Returns the path of a boot disk that also has an interpreter. There is one for each architecture, which is replaced when
 * the interpreter or the agent has changed.
 * @throws BoxError engine-missing, store-unwritable, disk-full
 */
export async function interpreterDisk(
  home: Home,
  runtimeFiles: RuntimeFiles,
  interpreter: Interpreter,
): Promise<string> {
  const folder = templatesFolder(home);
  const disk = join(folder, `boot-${interpreter.name}.erofs`);
  const agent = await demand(runtimeFiles.agent);
  const uuid = await uuidOf(agent, interpreter);
  if (await isDisk(disk, uuid)) return disk;
  const temporary = temporaryBeside(disk);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await sweepTemporaries(folder);
    await writeDisk(temporary, uuid, agent, interpreter);
    await rename(temporary, disk);
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainWriteFailure(error, folder);
  }
  return disk;
}
