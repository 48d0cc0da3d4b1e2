import type { Command, Option } from "commander";
import { isUnsetByEmpty } from "../flags/unset.js";
import { parseBoolean } from "../../config/syntax/boolean.js";
import { missingArgument, notBoolean } from "./flag-errors.js";
import { findOption, isFlag, mayHaveValue, needsValue, readFlagWord, type GivenFlag } from "./read-flag.js";

/** The words of a command line, sorted: flags as given, and everything else. */
export interface Sorted {
  flags: GivenFlag[];
  operands: string[];
}

/** Whether a flag asks for help; `-h` does unless the command has a flag of that name. */
export function asksForHelp({ name, option }: GivenFlag): boolean {
  return name === "--help" || (name === "-h" && option === undefined);
}

/**
 * Sorts the words of a command line as Docker does.
 * @param interspersed whether flags may follow operands; otherwise, the first operand ends them. `--` always does.
 */
export function sortWords(
  options: readonly Option[],
  words: readonly string[],
  interspersed: boolean,
): Sorted {
  const flags: GivenFlag[] = [];
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return { flags, operands: [...operands, ...words.slice(i + 1)] };
    if (!isFlag(word)) {
      if (!interspersed) return { flags, operands: words.slice(i) };
      operands.push(word);
      continue;
    }
    const given = readFlagWord(options, word, words[i + 1]);
    flags.push(...given.flags);
    i += given.count - 1;
  }
  return { flags, operands };
}

/** @throws BoxError invalid-flag */
function booleanOf(flag: GivenFlag): boolean {
  const parsed = flag.value === undefined ? true : parseBoolean(flag.value);
  if (parsed === undefined) throw notBoolean(flag);
  return parsed;
}

/** The opposite of a flag that takes no value: `--no-pause` for `--pause`. */
function oppositeOf(options: readonly Option[], { long }: Option): Option | undefined {
  if (long === undefined) return undefined;
  return findOption(options, long.startsWith("--no-") ? `--${long.slice(5)}` : `--no-${long.slice(2)}`);
}

/**
 * Writes flags in the one form that any parser reads alike: `--name=value`, and a flag without a value only if it is
 * set. The last value wins, as in `--rm --rm=false` and `--name web --name ""`.
 * @param flags known to the command, except for those after a flag that asks for help
 * @throws BoxError invalid-flag
 */
export function writeFlags(options: readonly Option[], flags: readonly GivenFlag[]): string[] {
  const switches = new Map<Option, boolean>();
  const values = new Map<Option, string[]>();
  for (const flag of flags) {
    if (asksForHelp(flag)) return ["--help"];
    const { name, option, value } = flag;
    if (option === undefined) continue;
    if (mayHaveValue(option)) {
      const long = option.long ?? name;
      if (value === "false") values.delete(option);
      else values.set(option, [value === undefined || value === "true" ? long : `${long}=${value}`]);
    } else if (!needsValue(option)) {
      const on = booleanOf(flag);
      const opposite = oppositeOf(options, option);
      if (opposite !== undefined) switches.set(opposite, !on);
      switches.set(option, on);
    } else if (value === undefined) throw missingArgument(flag);
    else if (value === "" && isUnsetByEmpty(option)) values.delete(option);
    else values.set(option, [...(values.get(option) ?? []), `${option.long ?? name}=${value}`]);
  }
  const set = [...switches].filter(([, on]) => on).map(([option]) => option.long ?? option.short ?? "");
  return [...set, ...[...values.values()].flat()];
}

/** The words for commander: flags, `--`, operands. */
export function canonicalWords({ options }: Command, { flags, operands }: Sorted): string[] {
  const written = writeFlags(options, flags);
  return operands.length === 0 ? written : [...written, "--", ...operands];
}
