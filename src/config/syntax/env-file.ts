import { parseKeyValueFile } from "./key-value-file.js";

/**
 * Parses the content of an `--env-file`. NAME alone takes the caller's value, or is left out when the caller has none.
 * @throws BoxError invalid-env-file
 */
export function parseEnvFile(bytes: Uint8Array, caller: NodeJS.ProcessEnv): [string, string][] {
  return parseKeyValueFile(bytes, "invalid-env-file", (name) =>
    // `caller.toString` would be a function.
    Object.hasOwn(caller, name) ? caller[name] : undefined,
  );
}

/** The lines of an env file; `parseEnvFile(formatEnvFile(e))` gives `e` where no value holds a line break. */
export function formatEnvFile(pairs: readonly (readonly [string, string])[]): string {
  // A carriage return before a line's end belongs to that, and a byte order mark before all to nothing.
  const text = pairs.map(([name, value]) => `${name}=${value}${value.endsWith("\r") ? "\r" : ""}\n`).join("");
  return text.startsWith("\ufeff") ? `\ufeff${text}` : text;
}
