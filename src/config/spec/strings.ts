import { BoxError } from "../../errors.js";
import { quote } from "../syntax/quote.js";

/** Bytes of one string that execve(2) takes, its closing NUL counted (MAX_ARG_STRLEN). */
const LONGEST = 131_072;

/** Arguments and variables reach the program through execve(2), which has its own rules. */
function check(text: string, value: string): void {
  if (text.includes("\0")) throw new BoxError("invalid-string", `${quote(value)} has a NUL byte in it`);
  const bytes = Buffer.byteLength(text) + 1;
  if (bytes <= LONGEST) return;
  throw new BoxError("invalid-string", `${quote(value)} has ${bytes - 1} bytes`, {
    hint: `Linux takes at most ${LONGEST - 1} bytes in one argument or variable; use a file`,
  });
}

/** Bytes of all strings that execve(2) takes with their pointers, however large the stack may be. */
const MOST = 6 * 2 ** 20;

/** @throws BoxError invalid-string when execve(2) can never take so much at once */
export function checkTotal(strings: readonly string[]): void {
  const bytes = strings.reduce((sum, text) => sum + Buffer.byteLength(text) + 1 + 8, 0);
  if (bytes > MOST) throw tooLong(`arguments and variables take ${bytes} bytes in all`);
}

/** The error of a program whose arguments and variables are more than it can be started with. */
export function tooLong(reason: string): BoxError {
  return new BoxError("invalid-string", reason, {
    hint: "Linux takes 2 MiB of arguments and variables, at most 6 MiB where the stack may be larger; use a file",
  });
}

/** Words of a command. @throws BoxError invalid-string */
export function checkWords(words: readonly string[]): void {
  for (const word of words) check(word, word);
}

/** @throws BoxError invalid-env, invalid-string */
export function checkVariables(variables: readonly (readonly [string, string])[]): void {
  for (const [name, value] of variables) {
    if (name === "" || name.includes("="))
      throw new BoxError("invalid-env", `${quote(name)} names no variable`);
    check(`${name}=${value}`, name);
  }
}

/** A path of this host. @throws BoxError invalid-string */
export function checkPath(path: string): void {
  if (path.includes("\0")) throw new BoxError("invalid-string", `${quote(path)} has a NUL byte in it`);
}
