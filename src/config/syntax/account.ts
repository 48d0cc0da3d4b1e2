import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Names of users and groups, or numbers: what /etc/passwd and /etc/group can hold. */
const USER = /^[^\s:/\u0000-\u001f]*(:[^\s:/\u0000-\u001f]*)?$/;
const GROUP = /^[^\s:,/\u0000-\u001f]+$/;

function check(text: string, pattern: RegExp): string {
  if (pattern.test(text) && text.length <= 256) return text;
  throw new BoxError("invalid-user", `${quote(text)} is neither a name nor a number`);
}

/**
 * Checks `-u USER[:GROUP]`.
 * @throws BoxError invalid-user
 */
export function checkUser(text: string): string {
  return check(text, USER);
}

/**
 * Checks `--group-add GROUP`.
 * @throws BoxError invalid-user
 */
export function checkGroup(text: string): string {
  return check(text, GROUP);
}
