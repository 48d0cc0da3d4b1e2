import { BoxError } from "../../errors.js";
import { parseKeyValueFile } from "./key-value-file.js";
import { quote } from "./quote.js";

/**
 * Parses `-l NAME[=VALUE]`; VALUE defaults to the empty string.
 * @throws BoxError invalid-label
 */
export function parseLabel(text: string): [string, string] {
  const equals = text.indexOf("=");
  const name = (equals < 0 ? text : text.slice(0, equals)).replace(/^[ \t]+/, "");
  if (name === "" || /\s/.test(name) || text.includes("\0")) {
    throw new BoxError("invalid-label", `${quote(text)} has an invalid name`, {
      hint: "write NAME=VALUE; a name cannot contain white space",
    });
  }
  return [name, equals < 0 ? "" : text.slice(equals + 1)];
}

/** The canonical notation; `parseLabel(formatLabel(l))` gives `l`. */
export function formatLabel([name, value]: readonly [string, string]): string {
  return `${name}=${value}`;
}

/**
 * Parses the content of a `--label-file`; as with Docker, a NAME without a value is ignored.
 * @throws BoxError invalid-label-file
 */
export function parseLabelFile(bytes: Uint8Array): [string, string][] {
  return parseKeyValueFile(bytes, "invalid-label-file", () => undefined);
}
