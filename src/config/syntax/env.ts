import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/**
 * Parses `-e KEY=VALUE`, or `-e KEY`, which uses the caller's value; undefined if the caller has none.
 * @throws BoxError invalid-env
 */
export function parseEnv(text: string, caller: NodeJS.ProcessEnv): [string, string] | undefined {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  if (key === "" || text.includes("\0")) {
    throw new BoxError(
      "invalid-env",
      `${quote(text)} ${key === "" ? "has no variable name" : "contains a NUL byte"}`,
      {
        hint: "write NAME=VALUE, or NAME alone to pass on your own value",
      },
    );
  }
  if (equals >= 0) return [key, text.slice(equals + 1)];
  // `caller.toString` would be a function.
  const value = Object.hasOwn(caller, key) ? caller[key] : undefined;
  return value === undefined ? undefined : [key, value];
}

/** Merges layers of variables; later values win but keep the position of the first mention. */
export function mergeEnv(...layers: (readonly [string, string])[][]): string[] {
  return [...new Map(layers.flat())].map(([key, value]) => `${key}=${value}`);
}

/** Splits an image's `NAME=value` list. */
export function splitEnv(list: readonly string[]): [string, string][] {
  return list.map((entry) => {
    const equals = entry.indexOf("=");
    return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
  });
}
