import { join } from "node:path";
import { BoxError } from "../../errors.js";
import { decompressed, isDecompressionError } from "../../oci/compression/decompress.js";
import { decompressedByProgram } from "../../oci/compression/programs.js";
import { checkAbsolute } from "../../host/absolute.js";
import { bytesOf } from "../../host/held.js";
import type { TarCopy } from "../protocol/guest/messages.js";
import type { Connect } from "../offline-session.js";
import { holdDestination } from "./destination.js";
import { packTar } from "./pack.js";
import { parsePath, placeCopy, type Found, type Named } from "./place.js";
import { readTar, type StreamedEntry } from "./read-tar.js";
import { readCopy, writeCopy } from "./session.js";
import { holdSource } from "./source.js";
import { unpackTar } from "./unpack.js";

export interface CopyFlags {
  /** `-L`: follow the source if it is a link. */
  follow: boolean;
  /** `-a` */
  keepOwners: boolean;
  warn: (line: string) => void;
}

const NOTHING = { name: "", follow: false, keepOwners: false };

/** Paths in a box are relative to its root, as in Docker. */
const inBox = (path: string) => parsePath(`/${path}`);

/** Normalizes a host path but keeps a trailing `/.` or `/`, which are significant. @throws BoxError relative-path */
function onHost(path: string): Named {
  checkAbsolute(path);
  const ending = /(^|\/)\.$/.test(path) ? "/." : path.endsWith("/") ? "/" : "";
  return parsePath(join(path, ".").replace(/(?<=.)\/$/, "") + ending);
}

function toRead(source: Named, follow: boolean): TarCopy {
  // A trailing slash asks for the target of a link.
  const path = source.folderMeant && source.path !== "/" ? `${source.path}/` : source.path;
  return { ...NOTHING, kind: "read", path, name: source.contentsOnly ? "." : source.name, follow };
}

/** Types of a tar's entries in the answer to a look; the guest shows anything else as a file. */
const FOLDER = "5";
const DANGLING_LINK = "2";

/** Looks up a path in a box, following all links; a dangling one leads to the path that it names, as in Docker. */
async function look(connect: Connect, path: string): Promise<{ found: Found; path: string }> {
  try {
    const socket = await connect();
    for await (const { type, path: real } of readTar(
      readCopy(socket, { ...NOTHING, kind: "look", path, follow: true }),
    )) {
      const named = Buffer.from(real.replace(/\/$/, ""), "latin1").toString();
      const found = type === FOLDER ? "folder" : type === DANGLING_LINK ? "nothing" : "file";
      return { found, path: named === "." ? "/" : `/${named}` };
    }
  } catch (error) {
    if (!(error instanceof BoxError) || error.code !== "no-such-path") throw error;
  }
  return { found: "nothing", path };
}

/**
 * Copies a file or directory from this host into a box.
 * @returns total size of the files in bytes
 * @throws BoxError no-such-path, copy-failed
 */
export async function copyToBox(
  source: string,
  connect: Connect,
  path: string,
  { follow, keepOwners, warn }: CopyFlags,
): Promise<number> {
  const named = onHost(source);
  const held = holdSource(named.path, follow || named.folderMeant, source);
  try {
    const from = { ...named, isFolder: held.stats.isDirectory() };
    if (from.folderMeant && !from.isFolder) throw new BoxError("copy-failed", `${source} is not a directory`);
    const wanted = inBox(path);
    const there = await look(connect, wanted.path);
    const place = placeCopy(from, { ...wanted, ...parsePlace(there.path, wanted) }, there.found, path);
    let bytes = 0;
    const tar = packTar(held, { name: place.name, onFile: (size) => (bytes += size), warn });
    const copy: TarCopy = { ...NOTHING, kind: "write", path: place.folder, keepOwners };
    await writeCopy(await connect(), copy, tar);
    return bytes;
  } finally {
    held.close();
  }
}

/** Replaces the path by the resolved one. */
function parsePlace(real: string, { folderMeant }: Named): Named {
  return { ...parsePath(real), folderMeant };
}

/**
 * Extracts a tar, which may be compressed, into a directory of a box, with the tar's owners.
 * @param programs the PATH in which programs that decompress it are looked up
 * @throws BoxError unsupported-compression, and as `copyToBox`
 */
export async function unpackInBox(
  content: AsyncIterable<Uint8Array>,
  connect: Connect,
  path: string,
  programs: string | undefined,
): Promise<void> {
  const there = await look(connect, inBox(path).path);
  if (there.found !== "folder") {
    const why = there.found === "file" ? "is not a directory" : "does not exist";
    throw new BoxError("copy-failed", `${path} ${why}: a tar is extracted into a directory`);
  }
  const copy: TarCopy = { ...NOTHING, kind: "write", path: there.path, keepOwners: true };
  const tar = await decompressed(await decompressedByProgram(content, programs));
  try {
    await writeCopy(await connect(), copy, tar);
  } catch (error) {
    if (!isDecompressionError(error)) throw error;
    throw new BoxError("copy-failed", `cannot read the tar: decompression failed: ${error.message}`, {
      cause: error,
    });
  }
}

/** Streams a tar of a file or directory of a box. @throws as `copyFromBox` */
export async function* packFromBox(connect: Connect, path: string, follow: boolean): AsyncGenerator<Buffer> {
  yield* readCopy(await connect(), toRead(inBox(path), follow));
}

/**
 * Extracts a tar from a box to a path on this host, with docker cp's rules for the destination.
 * @param read opens the tar, once the destination has been found valid
 * @param from the requested source
 * @returns total size of the files in bytes
 * @throws BoxError copy-failed, disk-full
 */
export async function unpackAt(
  read: () => Promise<AsyncGenerator<StreamedEntry>>,
  from: Named,
  destination: string,
  { keepOwners, warn }: Omit<CopyFlags, "follow">,
): Promise<number> {
  const to = onHost(destination);
  const there = holdDestination(to.path);
  let entries: AsyncGenerator<StreamedEntry> | undefined;
  try {
    const sent = await read();
    entries = sent;
    const first = await sent.next();
    if (first.done === true) throw new BoxError("copy-failed", "the box sent an empty tar");
    const top = first.value;
    const place = placeCopy({ ...from, isFolder: top.type === "5" }, to, there.found, destination);
    async function* all() {
      yield top;
      yield* sent;
    }
    // In an existing directory it keeps its name; otherwise it becomes the destination itself.
    const inFolder = there.found === "folder" && place.name !== undefined ? place.name : undefined;
    return await unpackTar(all(), {
      into: { folder: there.folder, name: inFolder === undefined ? there.name : bytesOf(inFolder) },
      shown: inFolder === undefined ? to.path : join(to.path, inFolder),
      keepOwners,
      warn,
    });
  } finally {
    there.close();
    await entries?.return(undefined);
  }
}

/**
 * Copies a file or directory from a box to this host.
 * @returns total size of the files in bytes
 * @throws BoxError no-such-path, copy-failed, disk-full
 */
export async function copyFromBox(
  connect: Connect,
  path: string,
  destination: string,
  { follow, ...how }: CopyFlags,
): Promise<number> {
  const from = inBox(path);
  const read = async () => readTar(readCopy(await connect(), toRead(from, follow)));
  return unpackAt(read, from, destination, how);
}
