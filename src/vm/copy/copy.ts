import { realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BoxError, errnoOf } from "../../config/errors.js";
import type { Copy } from "../guest/messages.js";
import type { Connect } from "../box/with-files.js";
import { isFolder, packTar } from "./pack.js";
import { parsePath, placeCopy, type Found, type Named } from "./place.js";
import { readTar } from "./read-tar.js";
import { readCopy, writeCopy } from "./session.js";
import { unpackTar } from "./unpack.js";

export interface CopyFlags {
  /** `-L`: a link that is named as the source is followed. */
  follow: boolean;
  /** `-a` */
  keepOwners: boolean;
  warn: (line: string) => void;
}

const NOTHING = { name: "", follow: false, keepOwners: false };

/** Paths of a box are relative to its root, as Docker's. */
const inBox = (path: string) => parsePath(`/${path}`);

/** As parsePath keeps it from the words: `.` and `DIR/.` mean what is in the folder. */
function onHost(path: string): Named {
  const ending = /(^|\/)\.$/.test(path) ? "/." : path.endsWith("/") ? "/" : "";
  return parsePath(resolve(path) + ending);
}

function toRead(source: Named, follow: boolean): Copy {
  // A slash at the end asks for what a link leads to.
  const path = source.folderMeant && source.path !== "/" ? `${source.path}/` : source.path;
  return { ...NOTHING, kind: "read", path, name: source.contentsOnly ? "." : source.name, follow };
}

/** What is at a path of a box, all links followed. */
async function look(connect: Connect, path: string): Promise<{ found: Found; path: string }> {
  try {
    const socket = await connect();
    for await (const { type, path: real } of readTar(
      readCopy(socket, { ...NOTHING, kind: "look", path, follow: true }),
    )) {
      const named = Buffer.from(real.replace(/\/$/, ""), "latin1").toString();
      return { found: type === "5" ? "folder" : "file", path: named === "." ? "/" : `/${named}` };
    }
  } catch (error) {
    if (!(error instanceof BoxError) || error.code !== "no-such-path") throw error;
  }
  return { found: "nothing", path };
}

/**
 * Copies a file or folder of this host into a box.
 * @returns bytes of all files
 * @throws BoxError no-such-path, copy-failed
 */
export async function copyToBox(
  source: string,
  connect: Connect,
  path: string,
  { follow, keepOwners }: CopyFlags,
): Promise<number> {
  const from = { ...onHost(source), isFolder: await isFolder(source, follow) };
  if (from.folderMeant && !from.isFolder)
    throw new BoxError("copy-failed", `${source} is a file, not a folder`, { exitCode: 1 });
  const wanted = inBox(path);
  const there = await look(connect, wanted.path);
  const place = placeCopy(from, { ...wanted, ...parsePlace(there.path, wanted) }, there.found, path);
  let bytes = 0;
  const tar = packTar(from.path, follow || from.folderMeant, place.name, (size) => (bytes += size));
  const copy: Copy = { ...NOTHING, kind: "write", path: place.folder, keepOwners };
  await writeCopy(await connect(), copy, tar);
  return bytes;
}

/** The same with where it really is. */
function parsePlace(real: string, { folderMeant }: Named): Named {
  return { ...parsePath(real), folderMeant };
}

/** Unpacks a tar in a folder of a box; owners are the tar's. @throws as `copyToBox` */
export async function unpackInBox(
  content: AsyncIterable<Uint8Array>,
  connect: Connect,
  path: string,
): Promise<void> {
  const there = await look(connect, inBox(path).path);
  if (there.found !== "folder") {
    const why = there.found === "file" ? "is a file, not a folder" : "does not exist";
    throw new BoxError("copy-failed", `${path} ${why}: a tar is unpacked in a folder`, { exitCode: 1 });
  }
  const copy: Copy = { ...NOTHING, kind: "write", path: there.path, keepOwners: true };
  await writeCopy(await connect(), copy, content);
}

/** A tar of a file or folder of a box. @throws as `copyFromBox` */
export async function* packFromBox(connect: Connect, path: string, follow: boolean): AsyncGenerator<Buffer> {
  yield* readCopy(await connect(), toRead(inBox(path), follow));
}

async function find(path: string): Promise<Found> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return "nothing";
    throw error;
  }
}

/**
 * Copies a file or folder of a box to this host.
 * @returns bytes of all files
 * @throws BoxError no-such-path, copy-failed
 */
export async function copyFromBox(
  connect: Connect,
  path: string,
  destination: string,
  { follow, keepOwners, warn }: CopyFlags,
): Promise<number> {
  const from = inBox(path);
  const to = onHost(destination);
  const there = await find(to.path);
  const entries = readTar(readCopy(await connect(), toRead(from, follow)));
  const first = await entries.next();
  if (first.done === true) throw new BoxError("copy-failed", "the box sent an empty tar", { exitCode: 1 });
  const top = first.value;
  const place = placeCopy({ ...from, isFolder: top.type === "5" }, to, there, destination);
  async function* all() {
    yield top;
    yield* entries;
  }
  const folder = there === "nothing" ? place.folder : await realpath(place.folder);
  return unpackTar(all(), {
    top: place.name === undefined ? folder : join(folder, place.name),
    keepOwners,
    warn,
  });
}
