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
import { reasonOf } from "../../host/reason.js";
import { quote } from "../../config/syntax/quote.js";
import { refuseSpecial, type Destination } from "./destination.js";
import { inPrivateFolder, temporaryName } from "./private-folder.js";
import type { StreamedEntry } from "./read-tar.js";
import { watchFreeSpace } from "./free-space.js";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const FORBIDDEN = new Set(["", ".", ".."]);

/** Its directories have been created by this copy. */
const REASONS = {
  ENOENT: "its directory has been removed",
  ENOTEMPTY: "another process has created a directory there",
};

function refuse(why: string, cause?: unknown): BoxError {
  return new BoxError("copy-failed", why, { cause });
}

export interface UnpackOptions {
  /** Destination of the top-level entry: `name` in the directory, or the directory itself. */
  into: Pick<Destination, "folder" | "name">;
  /** Path of it, for messages. */
  shown: string;
  keepOwners: boolean;
  warn: (line: string) => void;
}

/** An open directory that may contain the next entry. */
interface Level {
  path: string;
  fd: number;
  /**
   * The entry of a new directory. Its mode and times are set after its contents, and until then nobody else can write to
   * it. Undefined for an existing directory, which keeps its own.
   */
  made: StreamedEntry | undefined;
}

/**
 * Extracts a tar from the agent, whose entries are all below one top-level entry and come after their directories.
 * Writes nothing outside of it, whatever the tar contains and whatever others do in the destination meanwhile:
 * directories are created or checked here and held from then on, links are never followed, modes and owners are only set
 * on what was created here, and files are new ones that get their names once complete. Existing directories keep their
 * attributes and other contents.
 * @returns total size of the files in bytes
 * @throws BoxError copy-failed, disk-full; errors of `entries`
 */
export async function unpackTar(
  entries: AsyncIterable<StreamedEntry>,
  { into, shown: top, keepOwners, warn }: UnpackOptions,
): Promise<number> {
  const shown = (path: string) =>
    quote(path === "" ? top : `${top}/${Buffer.from(path, "latin1").toString()}`);
  /** Formats bytes as latin1 for the user. */
  const show = (path: string) => quote(Buffer.from(path, "latin1").toString());
  /** Directories that may contain the next entry, each inside the one before. */
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

  /** @returns whether the file now has its owner from the box */
  function tryChown(chown: () => void): boolean {
    if (!keepOwners) return false;
    try {
      chown();
      return true;
    } catch (error) {
      if (errnoOf(error) !== "EPERM") throw error;
      if (!ownersRefused) warn("keepOwners: owners are not kept: only root can change the owner of files");
      ownersRefused = true;
      return false;
    }
  }

  /** A file that belongs to the caller instead must not get the setuid bit of its original owner. */
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
      // Held before it gets the name that others know.
      levels.push({ path, fd: holdFolder(own.fd, unfinished), made: own.closed ? entry : undefined });
      try {
        renameSync(pathIn(own.fd, unfinished), pathIn(folder, name));
      } catch (error) {
        rmdirSync(pathIn(own.fd, unfinished));
        throw error;
      }
    });
  }

  /** Returns undefined if the name does not exist. */
  function holdThere(path: string, folder: number, name: string): number | undefined {
    try {
      return holdFolder(folder, name);
    } catch (error) {
      const errno = errnoOf(error) ?? "";
      if (errno === "ENOENT") return undefined;
      if (!["ENOTDIR", "ELOOP"].includes(errno)) throw error;
      throw refuse(`${shown(path)} exists and is not a directory`, error);
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

  /** Checks what a file or link would replace. @returns whether something exists */
  function checkReplaceable(path: string, folder: number, name: string): boolean {
    const there = lstatSync(pathIn(folder, name), { throwIfNoEntry: false });
    if (!there) return false;
    if (there.isDirectory()) throw refuse(`cannot overwrite directory ${shown(path)} with a file`);
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
    if (name === undefined) throw refuse("the box sent a file in place of a directory");
    if (!["0", "\0", "1", "2"].includes(entry.type)) {
      warn(`skipping ${show(entry.path)}: it is a device or a pipe`);
      return;
    }
    const there = checkReplaceable(path, folder, name);
    if (entry.type === "0" || entry.type === "\0") return makeFile(folder, name, entry);
    const place = pathIn(folder, name);
    if (there) unlinkSync(place);
    // The target of a hard link already has its attributes.
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

  function makeLink(place: Buffer, entry: StreamedEntry, withAttributes: boolean): void {
    symlinkSync(Buffer.from(entry.target, "latin1"), place);
    if (!withAttributes) return;
    tryChown(() => lchownSync(place, entry.uid, entry.gid));
    lutimesSync(place, entry.mtime, entry.mtime);
  }

  /** Creates a hard link to an extracted file. Links are not followed: a link in the path is not a directory. */
  function linkTo(place: Buffer, entry: StreamedEntry): void {
    const target = relative(entry.target);
    const enter = (folder: number, parts: string[]): void => {
      const [name = "", ...rest] = parts;
      if (rest.length === 0) return linkSync(pathIn(folder, name), place);
      return releasing(holdFolder(folder, name), (fd) => enter(fd, rest));
    };
    try {
      const [first] = levels;
      if (target === "" || !first) throw refuse("the box sent a hard link to a directory");
      enter(first.fd, target.split("/"));
    } catch (error) {
      if (!["ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "")) throw error;
      throw refuse(`the box sent an invalid hard link: ${show(entry.path)}`, error);
    }
  }

  let name = "";
  /** Returns the path below the top-level entry. */
  function relative(path: string): string {
    const [head, ...rest] = path.replace(/\/$/, "").split("/");
    if (head !== name || rest.some((part) => FORBIDDEN.has(part)) || path.includes("\0"))
      throw refuse(`the box sent a tar with a path outside of its directory: ${show(path)}`);
    return rest.join("/");
  }

  try {
    let first = true;
    for await (const entry of entries) {
      if (first) name = entry.path.replace(/\/$/, "");
      const path = relative(entry.path);
      if (!first && path === "") throw refuse("the box sent a tar with two top-level entries");
      leave((folder) => folder === "" || path.startsWith(`${folder}/`));
      const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      if (!first && levels.at(-1)?.path !== parent)
        throw refuse(`the box sent a file before its directory: ${show(entry.path)}`);
      first = false;
      current = path;
      await make(path, entry);
    }
    leave(() => false);
  } catch (error) {
    if (error instanceof BoxError || errnoOf(error) === undefined) throw error;
    throw refuse(`cannot write ${shown(current)}: ${reasonOf(error, REASONS)}`, error);
  } finally {
    removeUnfinished();
    for (const { fd } of levels) closeSync(fd);
  }
  return bytes;
}
