import { BoxError } from "../../errors.js";
import type { Variable } from "../syntax/env.js";
import { quote } from "../syntax/quote.js";

/** Limit of execve(2) for a single string, in bytes including its terminating NUL (MAX_ARG_STRLEN). */
const MAX_STRING_BYTES = 131_072;

/** Checks a string against the limits of execve(2), which passes arguments and variables to the program. */
function check(text: string, value: string): void {
  if (text.includes("\0")) throw new BoxError("invalid-string", `${quote(value)} contains a NUL byte`);
  const bytes = Buffer.byteLength(text) + 1;
  if (bytes <= MAX_STRING_BYTES) return;
  throw new BoxError("invalid-string", `${quote(value)} is ${bytes - 1} bytes long`, {
    hint: `Linux allows at most ${MAX_STRING_BYTES - 1} bytes per argument or variable; use a file`,
  });
}

/** Limit of execve(2) for all strings and their pointers, in bytes, regardless of the stack size. */
const MAX_TOTAL_BYTES = 6 * 2 ** 20;

/** @throws BoxError invalid-string if the total exceeds what execve(2) can ever accept */
export function checkTotal(strings: readonly string[]): void {
  const bytes = strings.reduce((sum, text) => sum + Buffer.byteLength(text) + 1 + 8, 0);
  if (bytes > MAX_TOTAL_BYTES) throw tooLong(`arguments and variables total ${bytes} bytes`);
}

/** The error for arguments and variables that exceed the limit of execve(2). */
export function tooLong(reason: string): BoxError {
  return new BoxError("invalid-string", reason, {
    hint: "Linux allows 2 MiB of arguments and variables in total, up to 6 MiB with a larger stack limit; use a file",
  });
}

/** Checks the words of a command. @throws BoxError invalid-string */
export function checkWords(words: readonly string[]): void {
  for (const word of words) check(word, word);
}

/** @throws BoxError invalid-env, invalid-string */
export function checkVariables(variables: readonly Readonly<Variable>[]): void {
  for (const [name, value] of variables) {
    if (name === "" || name.includes("="))
      throw new BoxError("invalid-env", `${quote(name)} is not a valid variable name`);
    check(`${name}=${value ?? ""}`, name);
  }
}

/** Checks a path of this host. @throws BoxError invalid-string */
export function checkPath(path: string): void {
  if (path.includes("\0")) throw new BoxError("invalid-string", `${quote(path)} contains a NUL byte`);
}
