import { BoxError, errnoOf } from "../../config/errors.js";

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

/** Makes of a system error of the store one for people; passes others on. */
export function explainStoreFailure(error: unknown, path: string): unknown {
  const [code, reason, hint] = REASONS[errnoOf(error) ?? ""] ?? [];
  if (code === undefined || hint === undefined || error instanceof BoxError) return error;
  return new BoxError(code, `${reason ?? ""} ${path}`, { hint, cause: error });
}
