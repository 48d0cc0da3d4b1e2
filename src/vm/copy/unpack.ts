import { constants } from "node:fs";
import { chmod, lchown, link, lstat, lutimes, mkdir, open, rm, symlink, utimes } from "node:fs/promises";
import { BoxError, errnoOf } from "../../config/errors.js";
import { quote } from "../../config/syntax/quote.js";
import type { StreamedEntry } from "./read-tar.js";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const FORBIDDEN = new Set(["", ".", ".."]);
/** Bytes as latin1, in the user's eyes. */
const show = (path: string) => quote(Buffer.from(path, "latin1").toString());

function refuse(why: string): BoxError {
  return new BoxError("copy-failed", why, { exitCode: 1 });
}

export interface Unpacking {
  /** What the top of the tar becomes. Folders that are there already stay as they are, with more in them. */
  top: string;
  keepOwners: boolean;
  warn: (line: string) => void;
}

/**
 * Makes the files of a tar of the agent's, whose entries all lie below one top and come after their folders. Nothing
 * outside of the top is written, whatever the tar says: folders that it leads through were made or found to be folders
 * here, links that it makes are never followed, and files are only ever new ones.
 * @returns bytes of all files
 * @throws BoxError copy-failed; what `entries` throws
 */
export async function unpackTar(
  entries: AsyncIterable<StreamedEntry>,
  { top, keepOwners, warn }: Unpacking,
): Promise<number> {
  const root = Buffer.from(top).toString("latin1");
  const at = (path: string) => Buffer.from(path === "" ? root : `${root}/${path}`, "latin1");
  const shown = (path: string) => quote(at(path).toString());
  /** The folders that the entry to come may lie in, each in the one before. Their modes and times are set last. */
  const folders: { path: string; made: StreamedEntry | undefined }[] = [];
  let bytes = 0;
  let ownersRefused = false;
  let first = true;

  async function dress(path: Buffer, entry: StreamedEntry): Promise<void> {
    let owned = false;
    if (keepOwners) {
      try {
        await lchown(path, entry.uid, entry.gid);
        owned = true;
      } catch (error) {
        if (errnoOf(error) !== "EPERM") throw error;
        if (!ownersRefused) warn("-a: owners are not kept: only root may give files away");
        ownersRefused = true;
      }
    }
    if (entry.type === "2") return lutimes(path, entry.mtime, entry.mtime);
    // A stranger's setuid bit means the caller here.
    await chmod(path, entry.mode & (owned ? 0o7777 : 0o777));
    await utimes(path, entry.mtime, entry.mtime);
  }

  async function leave(until: (path: string) => boolean): Promise<void> {
    for (let last = folders.at(-1); last && !until(last.path); last = folders.at(-1)) {
      folders.pop();
      if (last.made) await dress(at(last.path), last.made);
    }
  }

  async function makeFolder(path: string, entry: StreamedEntry): Promise<void> {
    const there = await lstat(at(path)).catch(() => undefined);
    if (there && !there.isDirectory()) throw refuse(`${shown(path)} is there, and is no folder`);
    if (!there) await mkdir(at(path), 0o700);
    folders.push({ path, made: there ? undefined : entry });
  }

  async function makeFile(path: string, entry: StreamedEntry): Promise<void> {
    const file = await open(at(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for await (const piece of entry.content) await file.writeFile(piece);
    } finally {
      await file.close();
    }
    bytes += entry.size;
  }

  async function make(path: string, entry: StreamedEntry): Promise<void> {
    if (entry.type === "5") return makeFolder(path, entry);
    const there = await lstat(at(path)).catch(() => undefined);
    if (there?.isDirectory()) throw refuse(`${shown(path)} is a folder: no file takes its place`);
    if (there) await rm(at(path));
    if (entry.type === "0" || entry.type === "\0") await makeFile(path, entry);
    else if (entry.type === "2") await symlink(Buffer.from(entry.target, "latin1"), at(path));
    else if (entry.type === "1") return linkTo(path, entry);
    else {
      warn(`${show(entry.path)} is left out: it is a device or a pipe`);
      return;
    }
    await dress(at(path), entry);
  }

  /** To what has just been made: a link there would be followed by nobody, but a folder's in its path would. */
  async function linkTo(path: string, entry: StreamedEntry): Promise<void> {
    const target = relative(entry.target);
    const parts = target.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = await lstat(at(parts.slice(0, depth).join("/")));
      if (!folder.isDirectory()) throw refuse(`the box sent a link that leads astray: ${show(entry.path)}`);
    }
    await link(at(target), at(path));
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
    for await (const entry of entries) {
      if (first) name = entry.path.replace(/\/$/, "");
      const path = relative(entry.path);
      if (!first && path === "") throw refuse("the box sent a tar with two tops");
      await leave((folder) => folder === "" || path.startsWith(`${folder}/`));
      const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      if (!first && folders.at(-1)?.path !== parent)
        throw refuse(`the box sent a file before its folder: ${show(entry.path)}`);
      first = false;
      await make(path, entry);
    }
    await leave(() => false);
  } catch (error) {
    const code = errnoOf(error);
    if (error instanceof BoxError || code === undefined) throw error;
    throw new BoxError("copy-failed", `the copy cannot be written: ${(error as Error).message}`, {
      exitCode: 1,
      cause: error,
    });
  }
  return bytes;
}
