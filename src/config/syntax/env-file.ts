import { parseKeyValueFile } from "./key-value-file.js";

/**
 * Parses the content of an `--env-file`. NAME alone uses the caller's value, or is skipped if the caller has none.
 * @throws BoxError invalid-env-file
 */
export function parseEnvFile(bytes: Uint8Array, caller: NodeJS.ProcessEnv): [string, string][] {
  return parseKeyValueFile(bytes, "invalid-env-file", (name) =>
    // `caller.toString` would be a function.
    Object.hasOwn(caller, name) ? caller[name] : undefined,
  );
}

/** The lines of an env file; `parseEnvFile(formatEnvFile(e))` returns `e` unless a value contains a line break. */
export function formatEnvFile(pairs: readonly (readonly [string, string])[]): string {
  // The parser drops one carriage return at the end of a line and one byte order mark at the start.
  const text = pairs.map(([name, value]) => `${name}=${value}${value.endsWith("\r") ? "\r" : ""}\n`).join("");
  return text.startsWith("\ufeff") ? `\ufeff${text}` : text;
}
