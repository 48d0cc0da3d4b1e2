import { fieldFlags } from "../../config/box-document.js";
import { shownName } from "./lines.js";
import { optionOf } from "./option-names.js";

/** Operands that set fields. */
const OPERANDS: Readonly<Record<string, string>> = { image: "IMAGE", cmd: "COMMAND" };

/** Returns the flag for a field of a document or a part of it, such as `record.name`, or for an option of a verb. */
export function flagOf(subject: string): string {
  if (Object.hasOwn(OPERANDS, subject)) return OPERANDS[subject] ?? subject;
  const flags = fieldFlags();
  const found =
    flags.find(({ path }) => path === subject) ?? flags.find(({ path }) => path.startsWith(`${subject}.`));
  return found === undefined ? optionOf(subject) : shownName(found);
}
