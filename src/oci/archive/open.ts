import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { BoxError } from "../../errors.js";
import { reasonOf } from "../../host/reason.js";
import { quote } from "../../config/syntax/quote.js";
import { piecesUntil } from "../../host/abort.js";
import { within } from "../index/bad-layer.js";
import { decompressed, isDecompressionError } from "../compression/decompress.js";
import { compressionOf, HEAD_BYTES } from "../compression/detect.js";
import { decompressedByProgram } from "../compression/programs.js";
import { explainWriteFailure } from "../../host/write-failure.js";
import { checkSpace } from "../store/space.js";
import type { Store } from "../store/store.js";
import type { Workspace } from "../store/workspace.js";
import { badArchive } from "./bad-archive.js";
import { openFolder, readRange, type Contents } from "./contents.js";
import { openTar } from "./tar-contents.js";

/** Check the disk's free space each time this many bytes have been written. */
const CHECK_BYTES = 4 * 2 ** 20;

/** The store that an archive is opened for. */
type Opening = Pick<Store, "home" | "signal">;

/**
 * Decompresses an archive into the workspace. Needed for random access if it is compressed or comes through a pipe.
 * @throws BoxError bad-archive, disk-full
 */
async function spool(
  source: AsyncIterable<Buffer>,
  folder: string,
  what: string,
  { home, signal }: Opening,
): Promise<FileHandle> {
  const path = join(folder, "archive.tar");
  const file = await open(path, "wx+", 0o600);
  try {
    let unchecked = CHECK_BYTES;
    const tar = await decompressedByProgram(piecesUntil(signal, source), home.env.PATH);
    for await (const piece of await decompressed(tar)) {
      unchecked += piece.length;
      if (unchecked >= CHECK_BYTES) {
        checkSpace(folder, what);
        unchecked = 0;
      }
      await file.writeFile(piece);
    }
    return file;
  } catch (error) {
    await file.close();
    if (isDecompressionError(error)) throw badArchive(what, `decompression failed: ${error.message}`, error);
    if (error instanceof BoxError && error.code === "unsupported-compression") throw within(what, error);
    throw explainWriteFailure(error, path);
  }
}

async function isCompressed(file: FileHandle): Promise<boolean> {
  const head = Buffer.alloc(HEAD_BYTES);
  await file.read(head, 0, head.length, 0);
  return compressionOf(head) !== undefined;
}

/**
 * Opens a folder, a tar, a compressed tar, or a pipe with a tar of either kind.
 * @param needWorkspace called if the content has to be written to disk
 * @throws BoxError invalid-file, bad-archive, disk-full
 */
export async function openContents(
  path: string,
  needWorkspace: () => Promise<Workspace>,
  store: Opening,
): Promise<Contents> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY);
  } catch (error) {
    throw new BoxError("invalid-file", `${quote(path)} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  const stat = await file.stat();
  if (stat.isDirectory()) {
    await file.close();
    return openFolder(path);
  }
  try {
    if (stat.isFile() && !(await isCompressed(file))) return await openTar(file, path);
    const source = stat.isFile()
      ? readRange(file, 0, stat.size, path)
      : (file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>);
    const spooled = await spool(source, (await needWorkspace()).folder, path, store);
    await file.close();
    return await openTar(spooled, path);
  } catch (error) {
    const closed = file.close();
    // Closing waits for a pending read of a pipe, which only ends when the other end writes or closes.
    if (store.signal?.aborted === true) closed.catch(() => undefined);
    else await closed;
    throw error;
  }
}

/** Opens an archive from a stream, such as stdin. @throws BoxError bad-archive, disk-full */
export async function openStream(
  stream: Readable,
  what: string,
  { folder }: Workspace,
  store: Opening,
): Promise<Contents> {
  return openTar(await spool(stream as AsyncIterable<Buffer>, folder, what, store), what);
}
