import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { visible } from "../../config/syntax/visible.js";
import type { SessionResult } from "../copy/conversation.js";
import { FileExit } from "../protocol/guest/table.js";

const CODES: Partial<Record<number, string>> = {
  [FileExit.NO_SUCH_PATH]: "no-such-path",
  [FileExit.NOT_A_DIRECTORY]: "not-a-directory",
  [FileExit.IS_A_DIRECTORY]: "is-a-directory",
  [FileExit.EXISTS]: "exists",
  [FileExit.NOT_EMPTY]: "not-empty",
  [FileExit.PERMISSION]: "permission",
  [FileExit.READ_ONLY]: "read-only",
  [FileExit.NO_SPACE]: "no-space",
  [FileExit.TOO_MANY_LINKS]: "too-many-links",
  [FileExit.NOT_A_FILE]: "not-a-file",
  [FileExit.BUSY]: "busy",
  [FileExit.OTHER_FILE_SYSTEM]: "other-file-system",
  [FileExit.NAME_TOO_LONG]: "name-too-long",
  [FileExit.TOO_MANY_WATCHES]: "too-many-watches",
};

const OLDER = "restart the box: it may have been started by an older version of box";

/** Quotes a path that may come from a guest. */
export const shown = (path: string): string => quote(visible(path));

/** @throws BoxError unless the session succeeded */
export function checkFile({ ending, said }: SessionResult, path: string): void {
  if (ending?.event === "failed") {
    const { code, message, hint } = ending;
    // The agent's generic code, also for requests that it does not support.
    if (code === "failed") throw new BoxError("files-failed", visible(message), { hint: OLDER });
    throw new BoxError(code, visible(message), { hint });
  }
  const failed = (why: string) => new BoxError("files-failed", `${shown(path)}: ${why}`);
  if (ending?.event !== "exited") throw failed("the box exited before the operation completed");
  const { exitCode } = ending;
  if (exitCode === 0) return;
  const reason = visible(said.trim());
  const code = CODES[exitCode];
  if (code !== undefined) throw new BoxError(code, `${shown(path)}: ${reason || code}`);
  throw failed(exitCode === FileExit.FAILED && reason ? reason : "the operation was killed in the box");
}

/** An error for data that no genuine agent sends. */
export const malformed = (): BoxError =>
  new BoxError("files-failed", "the guest agent returned malformed data");
