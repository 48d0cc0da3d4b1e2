import { closeSync, fstatSync, openSync, readlinkSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import { BoxError } from "../../errors.js";
import { bytesOf, hold, holdFolderAt, O_PATH, pathIn, specialKind } from "../../host/held.js";
import { reasonOf } from "../../host/reason.js";
import { quote } from "../../config/syntax/quote.js";

/** The file at a user's path on this host, held open: the path is not looked up again. */
export interface Source {
  fd: number;
  stats: Stats;
  /** Target if it is a link, bytes as latin1. */
  target: string;
  /** For messages. */
  shown: string;
  close: () => void;
}

/**
 * Opens the source of a copy.
 * @param path absolute
 * @param follow whether to follow a link
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
      throw new BoxError("copy-failed", `cannot copy ${quote(shown)}: it is a ${kind}`);
    // Looked up in the held parent directory: it is harmless if the file has been replaced by a link.
    const target =
      parent !== undefined && stats.isSymbolicLink()
        ? readlinkSync(pathIn(parent, bytesOf(basename(path))), "latin1")
        : "";
    const held = fd;
    fd = undefined;
    return { fd: held, stats, target, shown, close: () => closeSync(held) };
  } catch (error) {
    if (error instanceof BoxError) throw error;
    throw new BoxError("no-such-path", `cannot copy ${quote(shown)}: ${reasonOf(error)}`, { cause: error });
  } finally {
    if (fd !== undefined) closeSync(fd);
    if (parent !== undefined) closeSync(parent);
  }
}
