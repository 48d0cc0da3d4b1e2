import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Name of the pool that is used unless another one is named. */
export const DEFAULT_POOL = "default";

/** Short enough for the name of a socket. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,47}$/;

export const isPoolName = (text: string): boolean => NAME.test(text);

/** Checks the name of a pool. @throws BoxError invalid-name */
export function parsePoolName(text: string): string {
  if (isPoolName(text)) return text;
  throw new BoxError("invalid-name", `${quote(text)} is not the name of a pool`, {
    hint: "use up to 48 letters, digits, `_`, `.` and `-`, beginning with a letter or digit",
  });
}
