import type { Option } from "commander";
import type { Notation } from "../../config/field.js";
import { keeping, type Line } from "./lines.js";

const UNSETTABLE = new WeakSet<Option>();

/** Notations in which an empty value means that the flag is not given, as in Docker. */
const NOTATIONS: ReadonlySet<Notation> = new Set<Notation>([
  ...(["text", "shell", "user", "workdir"] as const),
  ...(["restart", "cpuset", "platform", "workspace", "own"] as const),
]);

/** Remembers whether an empty value unsets a flag. */
export function markUnsettable(option: Option, line: Line): Option {
  if (keeping(line) === "last" && NOTATIONS.has(line.as)) UNSETTABLE.add(option);
  return option;
}

/** Whether an empty value unsets a flag: plain text, a choice, or one of the notations above. */
export function isUnsetByEmpty(option: Option): boolean {
  return option.parseArg === undefined || option.argChoices !== undefined || UNSETTABLE.has(option);
}
