import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod/mini";
import { BoxError } from "../errors.js";
import { identityOf } from "../host/file-identity.js";
import { writeFileAtomic } from "../host/files.js";
import type { Home } from "../host/home.js";
import { readRecordFile } from "../host/read.js";
import type { RuntimeFiles } from "./runtime-files.js";

/*
 * A package of box contains `sha256.json`, with the digests of its runtime files. A file is hashed only before its first
 * use: after that, the home directory has a record of the file's metadata.
 */

/** Maximum number of verified files on record in a home directory, which installations may share. */
const REMEMBERED = 30;

/** Returns the SHA-256 of a file, in hexadecimal. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest("hex");
}

async function lineOf(path: string, sha256: string): Promise<string> {
  return [sha256, await identityOf(path), path].join(" ");
}

const Digests = z.record(z.string(), z.string());

const damagedPart = (path: string, cause?: unknown) =>
  new BoxError("engine-damaged", `${path} is not the file that came with box`, {
    hint: "reinstall box, or set BOX_RUNTIME_FILES to a directory with your own files",
    cause,
  });

/**
 * Returns the digest of a file according to its package; undefined without a package, as in a checkout.
 * @throws BoxError engine-damaged if the package's list cannot be used
 */
async function expected(path: string): Promise<string | undefined> {
  const list = join(dirname(path), "sha256.json");
  const text = await readRecordFile(list, () => damagedPart(list));
  if (text === undefined) return undefined;
  try {
    return Digests.parse(JSON.parse(text.toString()))[basename(path)];
  } catch (error) {
    throw damagedPart(list, error);
  }
}

type Verified = Pick<RuntimeFiles, "libkrun" | "kernel" | "bootDisk">;

/**
 * Verifies the digests of the runtime files that came with box before a VM is started with them.
 * @param home has a record of what was verified before; without it, all files are hashed
 * @throws BoxError engine-damaged
 */
export async function verifyRuntimeFiles(
  home: Home | undefined,
  { libkrun, kernel, bootDisk }: Verified,
): Promise<void> {
  const list = home && join(home.folder, "verified-files");
  const verified = ((list && (await readRecordFile(list)))?.toString() ?? "").split("\n").filter(Boolean);
  const verify = async (path: string): Promise<string[]> => {
    const sha256 = await expected(path);
    if (sha256 === undefined) return [];
    const line = await lineOf(path, sha256);
    if (verified.includes(line)) return [];
    if ((await digestOf(path)) !== sha256) throw damagedPart(path);
    return [line];
  };
  const fresh = (await Promise.all([libkrun, kernel, bootDisk].map(verify))).flat();
  if (list === undefined || fresh.length === 0) return;
  const lines = [...verified, ...fresh].slice(-REMEMBERED);
  await writeFileAtomic(list, `${lines.join("\n")}\n`);
}
