import { accessSync, closeSync, constants, openSync, readSync } from "node:fs";
import { delimiter, join } from "node:path";
import { hostPlatform, isHostPlatform, parsePlatform } from "../../config/syntax/platform.js";
import { BoxError } from "../../errors.js";
import type { RuntimeFiles } from "../runtime-files.js";
import { ARCHITECTURES, findArchitecture, type Architecture } from "./architectures.js";

/** An interpreter on this host. */
export interface Interpreter {
  /** The architecture's name in platforms. */
  name: string;
  architecture: Architecture;
  /** Absolute path of a static program. */
  path: string;
}

/** ELF: offsets in the header of a 64-bit file, and the type of the program header that names a dynamic loader. */
const HEAD_BYTES = 4096;
const PHOFF = 32;
const PHENTSIZE = 54;
const PHNUM = 56;
const PT_INTERP = 3;

/** Whether the head of a file is that of a 64-bit little-endian program that needs no dynamic loader. */
export function isStatic(head: Buffer): boolean {
  if (head.length < PHNUM + 2 || head.toString("latin1", 0, 6) !== "\x7fELF\x02\x01") return false;
  const offset = Number(head.readBigUInt64LE(PHOFF));
  const bytes = head.readUInt16LE(PHENTSIZE);
  const types: number[] = [];
  for (let i = 0; i < head.readUInt16LE(PHNUM); i++) {
    const at = offset + i * bytes;
    if (at + 4 > head.length) return false;
    types.push(head.readUInt32LE(at));
  }
  return types.length > 0 && !types.includes(PT_INTERP);
}

function isStaticProgram(path: string): boolean {
  let file: number | undefined;
  try {
    accessSync(path, constants.X_OK);
    file = openSync(path, "r");
    const head = Buffer.alloc(HEAD_BYTES);
    return isStatic(head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0)));
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Debian 13 has static emulators without the suffix. */
function findStatic(searchPath: string, name: string): string | undefined {
  return (
    searchPath
      .split(delimiter)
      // Not relative to the caller's working directory.
      .filter((folder) => folder.startsWith("/"))
      .flatMap((folder) => [join(folder, `${name}-static`), join(folder, name)])
      .find(isStaticProgram)
  );
}

/** Returns the architectures, by their names in platforms, that have an interpreter in these directories. */
export function installedInterpreters(folders: readonly string[]): string[] {
  const own = hostPlatform().architecture;
  return [...ARCHITECTURES]
    .filter(([name, { qemu }]) => name !== own && findStatic(folders.join(delimiter), `qemu-${qemu}`))
    .map(([name]) => name);
}

/**
 * Finds the interpreter for the programs of a platform; undefined if this host's processor, and so that of a VM, runs them.
 * Synchronous: only few boxes need an interpreter, and all of them must be able to check for it before a pull.
 * @throws BoxError engine-missing, unsupported-platform, invalid-platform
 */
export function findInterpreter(
  { searchPath }: Pick<RuntimeFiles, "searchPath">,
  platform: string,
): Interpreter | undefined {
  if (isHostPlatform(platform)) return undefined;
  const { os, architecture: name } = parsePlatform(platform);
  const isNative = name === hostPlatform().architecture;
  const architecture = findArchitecture(name);
  if (os !== "linux" || (!isNative && architecture === undefined))
    throw new BoxError("unsupported-platform", `images for ${platform} cannot run on this host`);
  if (isNative || architecture === undefined) return undefined;
  const path = findStatic(searchPath, `qemu-${architecture.qemu}`);
  if (path !== undefined) return { name, architecture, path };
  throw new BoxError(
    "engine-missing",
    `qemu-${architecture.qemu}-static (package qemu-user-static) is not installed; it is required for images for ${platform}`,
    { hint: "install the package qemu-user-static" },
  );
}
