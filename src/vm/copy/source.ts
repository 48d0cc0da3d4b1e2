import { closeSync, fstatSync, openSync, readlinkSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import { BoxError, errnoOf } from "../../errors.js";
import { bytesOf, hold, holdFolderAt, O_PATH, pathIn, specialKind } from "../../host/held.js";
import { quote } from "../../config/syntax/quote.js";

/** What a user's path on this host leads to, held: the path is not asked again. */
export interface Source {
  fd: number;
  stats: Stats;
  /** Where the link leads that it is; bytes as latin1. */
  target: string;
  /** For messages. */
  shown: string;
  close: () => void;
}

/**
 * @param path absolute
 * @param follow a link is what it leads to
 * @throws BoxError no-such-path, copy-failed
 */
export function holdSource(path: string, follow: boolean, shown: string): Source {
  let parent: number | undefined;
  let fd: number | undefined;
  try {
    if (follow || basename(path) === "") fd = openSync(path, O_PATH);
    else {
      parent = holdFolderAt(dirname(path));
      fd = hold(parent, bytesOf(basename(path)));
    }
    const stats = fstatSync(fd);
    const kind = specialKind(stats);
    if (kind === "device" || kind === "socket")
      throw new BoxError("copy-failed", `${quote(shown)} is a ${kind}, which cannot be copied`);
    // It is the last part of the path, of which the folder is held: a link that has taken a file's place is no harm.
    const target =
      parent !== undefined && stats.isSymbolicLink()
        ? readlinkSync(pathIn(parent, bytesOf(basename(path))), "latin1")
        : "";
    const held = fd;
    fd = undefined;
    return { fd: held, stats, target, shown, close: () => closeSync(held) };
  } catch (error) {
    if (error instanceof BoxError) throw error;
    const errno = errnoOf(error) ?? "";
    const why = errno === "ENOENT" ? "it does not exist" : errno;
    throw new BoxError("no-such-path", `${quote(shown)} cannot be copied: ${why}`, {
      cause: error,
    });
  } finally {
    if (fd !== undefined) closeSync(fd);
    if (parent !== undefined) closeSync(parent);
  }
}
