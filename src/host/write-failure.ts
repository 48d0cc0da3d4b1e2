import { BoxError, errnoOf } from "../errors.js";
import type { Home } from "./home.js";

const REASONS: Partial<Record<string, [code: string, reason: string, hint: string]>> = {
  ENOSPC: [
    "disk-full",
    "no space left on the disk of",
    "free some space, or set BOX_HOME to a directory on a larger disk",
  ],
  EDQUOT: [
    "disk-full",
    "disk quota exceeded on the disk of",
    "free some space, or set BOX_HOME to another disk",
  ],
  EFBIG: ["disk-full", "file size limit exceeded:", "see `ulimit -f`, or set BOX_HOME to another disk"],
  ENOTDIR: ["store-unwritable", "a file is in the way of", "set BOX_HOME to a directory"],
  EROFS: ["store-unwritable", "the disk is read-only:", "set BOX_HOME to a directory that you can write to"],
  EACCES: [
    "store-unwritable",
    "no permission to write to",
    "set BOX_HOME to a directory that you can write to",
  ],
  EPERM: [
    "store-unwritable",
    "no permission to write to",
    "set BOX_HOME to a directory that you can write to",
  ],
};

/** Turns a system error about one of box's own files into a readable one; returns other errors unchanged. */
export function explainWriteFailure(error: unknown, path: string): unknown {
  const [code, reason, hint] = REASONS[errnoOf(error) ?? ""] ?? [];
  if (code === undefined || hint === undefined || error instanceof BoxError) return error;
  return new BoxError(code, `${reason ?? ""} ${path}`, { hint, cause: error });
}

/** Errors of writes to open files, which name no path: then the disk of the home directory is assumed. */
const WITHOUT_PATH = ["ENOSPC", "EDQUOT"];

/** The same for any error that ends a command, if it concerns box's home directory; other files are not box's to explain. */
export function explainOwnFailure(home: Home, error: unknown): unknown {
  const paths = ["path", "dest"].map((key): unknown =>
    error instanceof Error ? Reflect.get(error, key) : undefined,
  );
  const own = paths.find((path) => typeof path === "string" && isWithin(path, home.folder));
  if (typeof own === "string") return explainWriteFailure(error, own);
  const named = paths.some((path) => typeof path === "string");
  return !named && WITHOUT_PATH.includes(errnoOf(error) ?? "")
    ? explainWriteFailure(error, home.folder)
    : error;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
