import { fieldFlags } from "../../config/box-document.js";
import { shownName } from "./lines.js";
import { optionOf } from "./option-names.js";

/** Operands that fill fields. */
const OPERANDS: Readonly<Record<string, string>> = { image: "IMAGE", cmd: "COMMAND" };

/** The flag that fills a field of a document, such as `record.name`, or one in it; or of a verb's option. */
export function flagOf(subject: string): string {
  if (Object.hasOwn(OPERANDS, subject)) return OPERANDS[subject] ?? subject;
  const flags = fieldFlags();
  const found =
    flags.find(({ path }) => path === subject) ?? flags.find(({ path }) => path.startsWith(`${subject}.`));
  return found === undefined ? optionOf(subject) : shownName(found);
}
