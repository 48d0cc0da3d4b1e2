import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { temporaryBeside } from "../../host/files.js";
import type { Home } from "../../host/home.js";
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

/** The file's identity and content, by its metadata. */
async function lineOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [path, dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

async function uuidOf(agent: string, { path }: Interpreter): Promise<Buffer> {
  const lines = [VERSION, ...(await Promise.all([agent, path].map(lineOf)))];
  return createHash("sha256").update(lines.join("\n")).digest().subarray(0, UUID_BYTES);
}

async function hasUuid(disk: string, uuid: Buffer): Promise<boolean> {
  try {
    const file = await open(disk);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(UUID_BYTES), 0, UUID_BYTES, UUID_OFFSET);
      return bytesRead === UUID_BYTES && buffer.equals(uuid);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
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
  const folder = join(home.folder, "templates");
  const disk = join(folder, `boot-${interpreter.name}.erofs`);
  const agent = await demand(runtimeFiles.agent);
  const uuid = await uuidOf(agent, interpreter);
  if (await hasUuid(disk, uuid)) return disk;
  const temporary = temporaryBeside(disk);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeDisk(temporary, uuid, agent, interpreter);
    await rename(temporary, disk);
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainWriteFailure(error, folder);
  }
  return disk;
}
