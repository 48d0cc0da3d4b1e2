import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** A variable; null removes one that was set before, such as the image's. */
export type Variable = [name: string, value: string | null];

/**
 * Parses `-e KEY=VALUE`, or `-e KEY`, which uses the caller's value; as in Docker, it removes the variable if the caller
 * has none.
 * @throws BoxError invalid-env
 */
export function parseEnv(text: string, caller: NodeJS.ProcessEnv): Variable {
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
  return [key, (Object.hasOwn(caller, key) ? caller[key] : undefined) ?? null];
}

/** Merges layers of variables; later values win but keep the position of the first mention. */
export function mergeEnv(...layers: (readonly Readonly<Variable>[])[]): string[] {
  return [...new Map(layers.flat())].flatMap(([key, value]) => (value === null ? [] : `${key}=${value}`));
}

/** Variables to merge into others later: those to remove are names without a value. */
export function writeEnv(variables: readonly Readonly<Variable>[]): string[] {
  return [...new Map(variables)].map(([key, value]) => (value === null ? key : `${key}=${value}`));
}

/** Reads what `writeEnv` has written. */
export function readEnv(list: readonly string[]): Variable[] {
  return list.map((entry) => {
    const equals = entry.indexOf("=");
    return equals < 0 ? [entry, null] : [entry.slice(0, equals), entry.slice(equals + 1)];
  });
}

/** Splits an image's `NAME=value` list. */
export function splitEnv(list: readonly string[]): [string, string][] {
  return list.map((entry) => {
    const equals = entry.indexOf("=");
    return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
  });
}
