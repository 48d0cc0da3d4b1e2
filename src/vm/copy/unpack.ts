import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { BoxError, errnoOf } from "../../errors.js";
import { heldPath, holdFolder, holdFolderAt, pathIn, releasing, specialKind } from "../../host/held.js";
import { quote } from "../../config/syntax/quote.js";
import { refuseSpecial, type Destination } from "./destination.js";
import { inPrivateFolder, temporaryName } from "./private-folder.js";
import type { StreamedEntry } from "./read-tar.js";
import { watchFreeSpace } from "./free-space.js";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const FORBIDDEN = new Set(["", ".", ".."]);

const REASONS: Partial<Record<string, string>> = {
  EACCES: "not permitted",
  EPERM: "not permitted",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "your quota is used up",
  ENOENT: "its folder has been removed",
  ENAMETOOLONG: "the name is too long",
  ENOTEMPTY: "somebody else has made a folder there meanwhile",
};

function refuse(why: string, cause?: unknown): BoxError {
  return new BoxError("copy-failed", why, { cause });
}

export interface UnpackOptions {
  /** What the top of the tar becomes: NAME in the folder, or the folder itself. */
  into: Pick<Destination, "folder" | "name">;
  /** The path of that, for messages. */
  shown: string;
  keepOwners: boolean;
  warn: (line: string) => void;
}

/** A folder that entries may lie in. */
interface Level {
  path: string;
  fd: number;
  /**
   * Its modes and times are set when all in it has been made, and until then nobody else can write in it; a folder that
   * was there keeps its own.
   */
  made: StreamedEntry | undefined;
}

/**
 * Makes the files of a tar of the agent's, whose entries all lie below one top and come after their folders. Nothing
 * outside of the top is written, whatever the tar says, and whatever somebody else does in the destination meanwhile:
 * folders are made or found to be folders here and held from then on, links are never followed, what gets a mode or an
 * owner is what has been made here, and a file is a new one that gets its name when it is whole. Folders that are there stay as they are, with more in them.
 * @returns bytes of all files
 * @throws BoxError copy-failed, disk-full; what `entries` throws
 */
export async function unpackTar(
  entries: AsyncIterable<StreamedEntry>,
  { into, shown: top, keepOwners, warn }: UnpackOptions,
): Promise<number> {
  const shown = (path: string) =>
    quote(path === "" ? top : `${top}/${Buffer.from(path, "latin1").toString()}`);
  /** Bytes as latin1, in the user's eyes. */
  const show = (path: string) => quote(Buffer.from(path, "latin1").toString());
  /** Those that the entry to come may lie in, each in the one before. */
  const levels: Level[] = [];
  const checkSpace = watchFreeSpace(top);
  const unfinished = temporaryName();
  let unfinishedIn: number | undefined;
  const removeUnfinished = () => {
    if (unfinishedIn !== undefined) rmSync(pathIn(unfinishedIn, unfinished), { force: true });
    unfinishedIn = undefined;
  };
  let bytes = 0;
  let current = "";
  let ownersRefused = false;

  /** @returns whether a file is its owner's of the box now */
  function tryChown(chown: () => void): boolean {
    if (!keepOwners) return false;
    try {
      chown();
      return true;
    } catch (error) {
      if (errnoOf(error) !== "EPERM") throw error;
      if (!ownersRefused) warn("keepOwners: owners are not kept: only root may give files away");
      ownersRefused = true;
      return false;
    }
  }

  /** A stranger's setuid bit means the caller here. */
  const modeOf = ({ mode }: StreamedEntry, owned: boolean) => mode & (owned ? 0o7777 : 0o777);

  function leave(until: (path: string) => boolean): void {
    for (let last = levels.at(-1); last && !until(last.path); last = levels.at(-1)) {
      const { fd, made } = last;
      if (made) {
        const owned = tryChown(() => chownSync(heldPath(fd), made.uid, made.gid));
        chmodSync(heldPath(fd), modeOf(made, owned));
        utimesSync(heldPath(fd), made.mtime, made.mtime);
      }
      levels.pop();
      closeSync(fd);
    }
  }

  function makeFolder(path: string, folder: number, name: string | undefined, entry: StreamedEntry): void {
    if (name === undefined) {
      levels.push({ path, fd: holdFolderAt(heldPath(folder)), made: undefined });
      return;
    }
    const there = holdThere(path, folder, name);
    if (there !== undefined) {
      levels.push({ path, fd: there, made: undefined });
      return;
    }
    if (levels.at(-1)?.made) {
      mkdirSync(pathIn(folder, name), 0o700);
      levels.push({ path, fd: holdFolder(folder, name), made: entry });
      return;
    }
    inPrivateFolder(folder, (own) => {
      mkdirSync(pathIn(own.fd, unfinished), 0o700);
      // Held before it has the name that others know.
      levels.push({ path, fd: holdFolder(own.fd, unfinished), made: own.closed ? entry : undefined });
      try {
        renameSync(pathIn(own.fd, unfinished), pathIn(folder, name));
      } catch (error) {
        rmdirSync(pathIn(own.fd, unfinished));
        throw error;
      }
    });
  }

  /** Undefined when nothing has the name. */
  function holdThere(path: string, folder: number, name: string): number | undefined {
    try {
      return holdFolder(folder, name);
    } catch (error) {
      const errno = errnoOf(error) ?? "";
      if (errno === "ENOENT") return undefined;
      if (!["ENOTDIR", "ELOOP"].includes(errno)) throw error;
      throw refuse(`${shown(path)} is there, and is no folder`, error);
    }
  }

  async function makeFile(folder: number, name: string, entry: StreamedEntry): Promise<void> {
    checkSpace(folder, entry.size, entry.size);
    const place = pathIn(folder, unfinished);
    const fd = openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    unfinishedIn = folder;
    try {
      let left = entry.size;
      for await (const piece of entry.content) {
        for (let done = 0; done < piece.length;) done += writeSync(fd, piece, done);
        left -= piece.length;
        checkSpace(folder, piece.length, left);
      }
      const owned = tryChown(() => fchownSync(fd, entry.uid, entry.gid));
      fchmodSync(fd, modeOf(entry, owned));
      futimesSync(fd, entry.mtime, entry.mtime);
    } finally {
      closeSync(fd);
    }
    renameSync(place, pathIn(folder, name));
    unfinishedIn = undefined;
    bytes += entry.size;
  }

  /** What a file or a link takes the place of. */
  function checkReplaceable(path: string, folder: number, name: string): boolean {
    const there = lstatSync(pathIn(folder, name), { throwIfNoEntry: false });
    if (!there) return false;
    if (there.isDirectory()) throw refuse(`${shown(path)} is a folder: no file takes its place`);
    const kind = specialKind(there);
    if (kind) throw refuseSpecial(path === "" ? top : `${top}/${path}`, kind);
    return true;
  }

  async function make(path: string, entry: StreamedEntry): Promise<void> {
    const parent = levels.at(-1);
    const folder = parent?.fd ?? into.folder;
    const name = parent ? path.slice(path.lastIndexOf("/") + 1) : into.name;
    if (entry.type === "5") {
      makeFolder(path, folder, name, entry);
      return;
    }
    if (name === undefined) throw refuse("the box sent a file that was a folder a moment ago");
    if (!["0", "\0", "1", "2"].includes(entry.type)) {
      warn(`${show(entry.path)} is left out: it is a device or a pipe`);
      return;
    }
    const there = checkReplaceable(path, folder, name);
    if (entry.type === "0" || entry.type === "\0") return makeFile(folder, name, entry);
    const place = pathIn(folder, name);
    if (there) unlinkSync(place);
    // Nothing is dressed that a hard link leads to.
    if (entry.type === "1") linkTo(place, entry);
    else if (parent?.made) makeLink(place, entry, true);
    else {
      inPrivateFolder(folder, (own) => {
        const whole = pathIn(own.fd, unfinished);
        makeLink(whole, entry, own.closed);
        renameSync(whole, place);
      });
    }
  }

  function makeLink(place: Buffer, entry: StreamedEntry, dressed: boolean): void {
    symlinkSync(Buffer.from(entry.target, "latin1"), place);
    if (!dressed) return;
    tryChown(() => lchownSync(place, entry.uid, entry.gid));
    lutimesSync(place, entry.mtime, entry.mtime);
  }

  /** To what has just been made: a link there is followed by nobody, and one in its path is no folder. */
  function linkTo(place: Buffer, entry: StreamedEntry): void {
    const target = relative(entry.target);
    const enter = (folder: number, parts: string[]): void => {
      const [name = "", ...rest] = parts;
      if (rest.length === 0) return linkSync(pathIn(folder, name), place);
      return releasing(holdFolder(folder, name), (fd) => enter(fd, rest));
    };
    try {
      const [first] = levels;
      if (target === "" || !first) throw refuse("the box sent a hard link to a folder");
      enter(first.fd, target.split("/"));
    } catch (error) {
      if (!["ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "")) throw error;
      throw refuse(`the box sent a link that leads astray: ${show(entry.path)}`, error);
    }
  }

  let name = "";
  /** The path below the top. */
  function relative(path: string): string {
    const [head, ...rest] = path.replace(/\/$/, "").split("/");
    if (head !== name || rest.some((part) => FORBIDDEN.has(part)) || path.includes("\0"))
      throw refuse(`the box sent a tar that leads out of its folder: ${show(path)}`);
    return rest.join("/");
  }

  try {
    let first = true;
    for await (const entry of entries) {
      if (first) name = entry.path.replace(/\/$/, "");
      const path = relative(entry.path);
      if (!first && path === "") throw refuse("the box sent a tar with two tops");
      leave((folder) => folder === "" || path.startsWith(`${folder}/`));
      const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      if (!first && levels.at(-1)?.path !== parent)
        throw refuse(`the box sent a file before its folder: ${show(entry.path)}`);
      first = false;
      current = path;
      await make(path, entry);
    }
    leave(() => false);
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof BoxError || errno === undefined) throw error;
    throw refuse(`${shown(current)} cannot be written: ${REASONS[errno] ?? errno}`, error);
  } finally {
    removeUnfinished();
    for (const { fd } of levels) closeSync(fd);
  }
  return bytes;
}
