import { BoxError } from "../errors.js";
import { splitRecord, type BoxRecordFields } from "./box-document.js";
import type { Fields } from "./merge.js";
import { parseValidBox, type ParsedBox } from "./parse-box.js";
import { validateDocument } from "./validate-document.js";

/** A box and the fields of its record that are not options. */
export type DocumentBox = ParsedBox & Pick<BoxRecordFields, "name" | "vmm">;

/**
 * Checks a document, fills in defaults and parses its values.
 * @param cwd base of relative host paths
 * @throws BoxError invalid-config, invalid-reference, and as `parseValidBox`
 */
export function parseDocumentBox(document: Fields, cwd: string): DocumentBox {
  // Docker's words, before the schema's.
  if (document["image"] === "") throw new BoxError("invalid-reference", "invalid reference format");
  const { autoRemove } = (document["record"] ?? {}) as Fields;
  // As in Docker, a box keeps what it has written until it is removed.
  const { record, ...config } = validateDocument({
    ...document,
    persistent: document["persistent"] ?? autoRemove !== true,
  });
  const { options, ...identity } = splitRecord(record);
  return { ...parseValidBox(config, options, cwd), ...identity };
}
