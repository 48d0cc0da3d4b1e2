import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { BoxError, errnoOf } from "../errors.js";
import { writeFileAtomic } from "../host/files.js";
import type { Home } from "../host/home.js";
import type { RuntimeFiles } from "./runtime-files.js";

/*
 * A package of box says in `sha256.json`, beside its runtime files, what they have to be. A file is read in full only
 * before its first use: its home remembers what the file looked like from outside then.
 */

/** Lines that a home remembers: files of installations that share it. */
const REMEMBERED = 30;

async function readOr(path: string, fallback: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return fallback;
    throw error;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest("hex");
}

/** Differs for every file and after every change of it. */
async function lineOf(path: string, sha256: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [sha256, dev, ino, size, mtimeNs, ctimeNs, path].join(" ");
}

/** What the package says of a file; undefined where nobody has said anything, as in a checkout. */
async function expected(path: string): Promise<string | undefined> {
  const list = JSON.parse(await readOr(join(dirname(path), "sha256.json"), "{}")) as Record<string, string>;
  return list[basename(path)];
}

/**
 * Checks that the files that came with box are whole before a VM is started with them.
 * @throws BoxError engine-damaged
 */
export async function verifyRuntimeFiles(
  home: Home,
  { libkrun, kernel, bootDisk }: Pick<RuntimeFiles, "libkrun" | "kernel" | "bootDisk">,
): Promise<void> {
  const memory = join(home.folder, "verified-files");
  const remembered = (await readOr(memory, "")).split("\n").filter(Boolean);
  const verify = async (path: string): Promise<string[]> => {
    const sha256 = await expected(path);
    if (sha256 === undefined) return [];
    const line = await lineOf(path, sha256);
    if (remembered.includes(line)) return [];
    if ((await digestOf(path)) !== sha256)
      throw new BoxError("engine-damaged", `${path} is not the file that came with box`, {
        hint: "install box again, or name a folder of your own files with BOX_RUNTIME_FILES",
      });
    return [line];
  };
  const fresh = (await Promise.all([libkrun, kernel, bootDisk].map(verify))).flat();
  if (fresh.length === 0) return;
  const lines = [...remembered, ...fresh].slice(-REMEMBERED);
  await writeFileAtomic(memory, `${lines.join("\n")}\n`);
}
