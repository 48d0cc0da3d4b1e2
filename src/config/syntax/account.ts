import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Names or numbers of users and groups, as /etc/passwd and /etc/group can contain them. */
const USER = /^[^\s:/\u0000-\u001f]*(:[^\s:/\u0000-\u001f]*)?$/;
const GROUP = /^[^\s:,/\u0000-\u001f]+$/;

function check(text: string, pattern: RegExp): string {
  if (pattern.test(text) && text.length <= 256) return text;
  throw new BoxError("invalid-user", `${quote(text)} is neither a name nor a number`);
}

/**
 * Parses `USER[:GROUP]`.
 * @throws BoxError invalid-user
 */
export function parseUser(text: string): string {
  return check(text, USER);
}

/**
 * Parses a group.
 * @throws BoxError invalid-user
 */
export function parseGroup(text: string): string {
  return check(text, GROUP);
}
