import { BoxError } from "../errors.js";
import { splitRecord } from "../config/box-document.js";
import { toSpec } from "../config/spec.js";
import { mistakeIn, parseDocument, TooDeep } from "../config/parse-document.js";
import { quote } from "../config/syntax/quote.js";
import { validateDocument } from "../config/validate-document.js";
import type { UnknownKeys } from "../config/validate.js";
import { readFlagFile } from "./flags/read-file.js";
import { nearest } from "./nearest.js";

async function suggestKeys(unknown: UnknownKeys[]): Promise<Map<UnknownKeys, string>> {
  const { knownKeys } = await import("../config/schema.js");
  return new Map(
    unknown.map((one) => {
      const known = knownKeys(one.path);
      const meant = nearest(one.keys[0] ?? "", known);
      return [one, meant === undefined ? `known keys: ${known.join(", ")}` : `did you mean ${meant}?`];
    }),
  );
}

/**
 * Reads a `--config` file: a whole or partial configuration, with or without `record`, in JSON or YAML.
 * @returns its content, checked but without defaults
 * @throws BoxError invalid-file, invalid-config, and errors of the parsers of its values
 */
export async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const flag = `--config ${quote(path)}`;
  const refuse = (code: string, message: string, hint?: string, cause?: unknown) =>
    new BoxError(code, `${flag}: ${message}`, { hint, cause });
  const bytes = await readFlagFile(path, "--config");
  let content: unknown;
  try {
    content = await parseDocument(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof TooDeep ? error.message : `neither JSON nor YAML: ${mistakeIn(error)}`;
    throw refuse("invalid-config", reason, undefined, error);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw refuse("invalid-config", "is not an object", 'for example {"image": "alpine"}');
  const fields = content as Record<string, unknown>;
  const unknown: UnknownKeys[] = [];
  try {
    const { record, ...config } = validateDocument({ image: "none", ...fields }, (keys) => {
      unknown.push(keys);
      return undefined;
    });
    // Relative paths are resolved later: flags may override them.
    toSpec(config, splitRecord(record).options, "/");
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    const [meant] = [...(await suggestKeys(unknown)).values()];
    throw refuse(error.code, error.message, meant ?? error.hint, error);
  }
  return fields;
}
