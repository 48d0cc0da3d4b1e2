import { BoxError, errnoOf } from "../errors.js";
import type { Home } from "./home.js";

const REASONS: Partial<Record<string, [code: string, reason: string, hint: string]>> = {
  ENOSPC: [
    "disk-full",
    "no space left on the disk of",
    "free some space, or set BOX_HOME to a folder on a larger disk",
  ],
  EDQUOT: [
    "disk-full",
    "your quota is used up on the disk of",
    "free some space, or set BOX_HOME to another disk",
  ],
  EFBIG: [
    "disk-full",
    "the file would be larger than allowed:",
    "see `ulimit -f`, or set BOX_HOME to another disk",
  ],
  ENOTDIR: ["store-unwritable", "there is a file in the way of", "set BOX_HOME to a folder"],
  EROFS: ["store-unwritable", "the disk is read-only:", "set BOX_HOME to a folder that you can write to"],
  EACCES: ["store-unwritable", "not permitted to write to", "set BOX_HOME to a folder that you can write to"],
  EPERM: ["store-unwritable", "not permitted to write to", "set BOX_HOME to a folder that you can write to"],
};

/** Makes of a system error about a path of box's own one for people; passes others on. */
export function explainWriteFailure(error: unknown, path: string): unknown {
  const [code, reason, hint] = REASONS[errnoOf(error) ?? ""] ?? [];
  if (code === undefined || hint === undefined || error instanceof BoxError) return error;
  return new BoxError(code, `${reason ?? ""} ${path}`, { hint, cause: error });
}

/** A write into an open file that fails names no path: then it is about the disk that box keeps everything on. */
const WITHOUT_PATH = ["ENOSPC", "EDQUOT"];

/** The same for whatever error a command ends with, when it is about box's folder: nobody else's files are box's to explain. */
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
