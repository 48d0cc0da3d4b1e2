import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Default of `--detach-keys`, as in Docker. */
export const DETACH_KEYS = "ctrl-p,ctrl-q";

const CONTROL = /^ctrl-[a-z@[\\\]^_]$/;

/** Returns the byte that a terminal sends for a key: a character, `ctrl-` and a character, or DEL. */
function parseKey(key: string): number | undefined {
  if (/^[\u0020-\u007e]$/.test(key)) return key.charCodeAt(0);
  if (key === "DEL") return 0x7f;
  return CONTROL.test(key) ? key.toUpperCase().charCodeAt(5) & 0x1f : undefined;
}

/**
 * Parses the keys that detach a command, in Docker's notation: `ctrl-p,ctrl-q`.
 * @returns the bytes that a terminal sends for them
 * @throws BoxError invalid-detach-keys
 */
export function parseDetachKeys(text: string): Buffer {
  const codes = text.split(",").map((key) => {
    const code = parseKey(key);
    if (code !== undefined) return code;
    throw new BoxError("invalid-detach-keys", `${quote(key)} is not a key`, {
      hint: `write a comma-separated list of characters and ctrl-X, such as ${DETACH_KEYS}; X is a to z or one of @ [ \\ ] ^ _`,
    });
  });
  return Buffer.from(codes);
}
