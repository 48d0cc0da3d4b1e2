import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from "node:fs";
import { BoxError, errnoOf } from "../../errors.js";
import { bytesOf, heldPath, hold, holdFolderAt, pathIn, specialKind, textOf } from "../../host/held.js";
import { quote } from "../../config/syntax/quote.js";
import type { Source } from "./source.js";
import { END_OF_TAR, padding, tarHeader, type TarMember } from "./write-tar.js";

const { O_RDONLY, O_NONBLOCK } = constants;
/** Chunk size; small files share a chunk. */
const CHUNK = 2 ** 18;
/** Maximum length of a path in the tar, as in the box. */
const MOST_PATH = 4095;
/** Errors of files that were removed in the meantime, which are skipped. */
const GONE = ["ENOENT", "ESTALE"];

export interface PackOptions {
  /** Name of the top-level entry; undefined: the tar has only the directory's contents. */
  name: string | undefined;
  /** Called with the size of each file. */
  onFile: (bytes: number) => void;
  warn: (line: string) => void;
}

/** An open directory on the path to the next entry. */
interface Level {
  fd: number;
  path: string;
  names: string[];
}

/** Returns the names in reverse order, since they are popped from the end. */
function namesIn(folder: number): string[] {
  try {
    return readdirSync(heldPath(folder), { encoding: "latin1" }).sort().reverse();
  } catch (error) {
    // The directory was removed.
    if (GONE.includes(errnoOf(error) ?? "")) return [];
    throw error;
  }
}

const memberOf = (path: string, type: TarMember["type"], stats: Stats): TarMember => ({
  ...{ path, type, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, size: 0 },
  mtime: Math.max(0, Math.floor(stats.mtimeMs / 1000)),
});

/**
 * Streams a tar of a held file or directory. Directories are walked by descriptor: if one is replaced by a link
 * meanwhile, either the link is packed or the original directory. Files have the size that they had when opened. Files
 * that vanish are left out.
 * @throws BoxError copy-failed; if a file shrank, only after everything else has been packed
 */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream, read at the consumer's pace
export async function* packTar(source: Source, { name, onFile, warn }: PackOptions): AsyncGenerator<Buffer> {
  const levels: Level[] = [];
  const first = new Map<string, string>();
  const shortened: string[] = [];
  let pieces: Buffer[] = [];
  let held = 0;
  let current = "";
  const shown = (path: string) => {
    const below = name === undefined ? path.slice(2) : path.slice(bytesOf(name).length + 1);
    return quote(below === "" ? source.shown : `${source.shown.replace(/\/$/, "")}/${textOf(below)}`);
  };

  function add(piece: Buffer): void {
    pieces.push(piece);
    held += piece.length;
  }
  function* flush(): Generator<Buffer> {
    if (held > 0) yield Buffer.concat(pieces, held);
    pieces = [];
    held = 0;
  }

  /** Packs a hard link if the file is already in the tar under another name. */
  function linked(fd: number, path: string, stats: Stats): boolean {
    if (stats.nlink < 2) return false;
    const { dev, ino } = fstatSync(fd, { bigint: true });
    const target = first.get(`${dev}:${ino}`);
    if (target === undefined) first.set(`${dev}:${ino}`, path);
    else add(tarHeader({ ...memberOf(path, "1", stats), target }));
    return target !== undefined;
  }

  function* packFile(fd: number, path: string): Generator<Buffer> {
    const stats = fstatSync(fd);
    const { size } = stats;
    add(tarHeader({ ...memberOf(path, "0", stats), size }));
    onFile(size);
    for (let left = size; left > 0;) {
      const piece = Buffer.allocUnsafe(Math.min(CHUNK, left));
      const got = readSync(fd, piece, 0, piece.length, null);
      if (got === 0) shortened.push(shown(path));
      add(got === 0 ? piece.fill(0) : piece.subarray(0, got));
      left -= got === 0 ? piece.length : got;
      if (got === 0) while (left > 0) left = yield* packZeros(left);
      if (held >= CHUNK) yield* flush();
    }
    add(padding(size));
    if (fstatSync(fd).size > size)
      warn(`${shown(path)} grew while it was copied: only its first ${size} bytes were copied`);
  }

  function* packZeros(left: number): Generator<Buffer, number> {
    const zeros = Buffer.alloc(Math.min(CHUNK, left));
    add(zeros);
    yield* flush();
    return left - zeros.length;
  }

  function* packHeld(fd: number, path: string, stats: Stats, target: string): Generator<Buffer> {
    if (path.length > MOST_PATH) throw new BoxError("copy-failed", `path too long: ${shown(path)}`);
    if (stats.isDirectory()) {
      add(tarHeader(memberOf(`${path}/`, "5", stats)));
      levels.push({ fd: holdFolderAt(heldPath(fd)), path, names: namesIn(fd) });
    } else if (linked(fd, path, stats)) return;
    else if (stats.isSymbolicLink()) add(tarHeader({ ...memberOf(path, "2", stats), target }));
    else if (stats.isFIFO()) add(tarHeader(memberOf(path, "6", stats)));
    else if (stats.isFile()) {
      const file = openSync(heldPath(fd), O_RDONLY | O_NONBLOCK);
      try {
        yield* packFile(file, path);
      } finally {
        closeSync(file);
      }
    } else warn(`skipping ${shown(path)}: it is a ${specialKind(stats) ?? "special file"}`);
  }

  /** Returns undefined if the name no longer exists. */
  function find(folder: number, child: string): { fd: number; stats: Stats; target: string } | undefined {
    let fd: number | undefined;
    try {
      fd = hold(folder, child);
      const stats = fstatSync(fd);
      const target = stats.isSymbolicLink() ? readlinkSync(pathIn(folder, child), "latin1") : "";
      return { fd, stats, target };
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      // EINVAL: the link was just replaced by something else.
      if (fd !== undefined && errnoOf(error) === "EINVAL") return undefined;
      if (GONE.includes(errnoOf(error) ?? "")) return undefined;
      throw error;
    }
  }

  function* packNext({ fd: folder, path: above }: Level, child: string): Generator<Buffer> {
    current = `${above}/${child}`;
    const found = find(folder, child);
    if (!found) return;
    try {
      yield* packHeld(found.fd, current, found.stats, found.target);
    } finally {
      closeSync(found.fd);
    }
  }

  try {
    yield* packHeld(source.fd, name === undefined ? "." : bytesOf(name), source.stats, source.target);
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      const child = level.names.pop();
      if (child !== undefined) yield* packNext(level, child);
      else closeSync((levels.pop() ?? level).fd);
      if (held >= CHUNK) yield* flush();
    }
    add(END_OF_TAR);
    yield* flush();
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof BoxError || errno === undefined) throw error;
    const why = errno === "EACCES" || errno === "EPERM" ? "permission denied" : errno;
    throw new BoxError("copy-failed", `cannot read ${shown(current)}: ${why}`, {
      cause: error,
    });
  } finally {
    for (const { fd } of levels) closeSync(fd);
  }
  if (shortened.length > 0)
    throw new BoxError(
      "copy-failed",
      `${shortened.join(", ")} shrank while it was copied: the copy was padded with zeros`,
    );
}
