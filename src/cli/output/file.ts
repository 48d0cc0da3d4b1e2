import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { closeSync, constants, renameSync, rmSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { unlessAborted } from "../../host/abort.js";
import { BoxError, errnoOf } from "../../errors.js";
import { bytesOf, holdFolderAt, pathIn } from "../../host/held.js";
import { reasonOf } from "../../host/reason.js";
import { quote } from "../../config/syntax/quote.js";

/** The file itself is being created or replaced. */
const REASONS = {
  ENOENT: "its directory does not exist",
  ENOTDIR: "its parent is not a directory",
  ENOTBLK: "it is a block device",
  EEXIST: "it was replaced in the meantime",
};

interface Target {
  /** Descriptor of its directory, so that nobody who can write there can redirect the file. */
  folder: number;
  /** Raw bytes, as latin1. */
  name: string;
  /** A pipe, a terminal or the like, which is written in place. */
  special: boolean;
  /** In /dev or /proc: /dev/stdout, for example, is a link that may lead to a file, and stays one. */
  kernels: boolean;
}

const failure = (code: string) => Object.assign(new Error(code), { code });

function holdTarget(path: string): Target {
  const whole = resolve(path);
  if (path.endsWith("/") || basename(whole) === "") throw failure("EISDIR");
  const folder = holdFolderAt(dirname(whole));
  try {
    const name = bytesOf(basename(whole));
    const there = statSync(pathIn(folder, name), { throwIfNoEntry: false });
    if (there?.isDirectory()) throw failure("EISDIR");
    if (there?.isBlockDevice()) throw failure("ENOTBLK");
    const kernels = /^\/(dev|proc)\//.test(whole);
    return { folder, name, kernels, special: there !== undefined && (!there.isFile() || kernels) };
  } catch (error) {
    closeSync(folder);
    throw error;
  }
}

async function writeAll(file: FileHandle, content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of content) await file.writeFile(piece);
}

/** Neither creates nor truncates: by now, the path may be a link to an unrelated file. */
async function writeSpecial(
  { folder, name, kernels }: Target,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(pathIn(folder, name), constants.O_WRONLY | constants.O_NOCTTY);
  try {
    const stats = await file.stat();
    if (stats.isBlockDevice()) throw failure("ENOTBLK");
    if (stats.isFile() && !kernels) throw failure("EEXIST");
    await writeAll(file, content);
  } finally {
    await file.close();
  }
}

async function writeWhole({ folder, name }: Target, content: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = pathIn(folder, `.box-${process.pid}-${randomBytes(8).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await writeAll(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
    renameSync(temporary, pathIn(folder, name));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes the file of a flag atomically; a pipe or a character device is written in place.
 * @throws BoxError invalid-file, and errors of `content`
 */
async function writeOutputFile(
  path: string,
  flag: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let target: Target | undefined;
  try {
    target = holdTarget(path);
    await (target.special
      ? unlessAborted(signal, writeSpecial(target, content))
      : writeWhole(target, content));
  } catch (error) {
    if (error instanceof BoxError || errnoOf(error) === undefined) throw error;
    throw new BoxError(
      "invalid-file",
      `${flag} ${quote(path)} cannot be written: ${reasonOf(error, REASONS)}`,
      {
        cause: error,
      },
    );
  } finally {
    if (target) closeSync(target.folder);
  }
}

/**
 * Writes to stdout at the pace at which it is read. A pipeline would close stdout if the source fails, which would be
 * mistaken for a reader that has gone.
 */
async function writeToStdout(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of content) {
    if (!process.stdout.write(piece)) await once(process.stdout, "drain");
  }
}

/**
 * Writes to the file of `-o`, or to stdout.
 * @param signal aborts `content`, and writing to a pipe that nobody reads
 * @throws as `writeOutputFile`; the signal's reason
 */
export async function writeOutput(
  path: string | undefined,
  content: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  await (path === undefined
    ? unlessAborted(signal, writeToStdout(content))
    : writeOutputFile(path, "-o", content, signal));
}
