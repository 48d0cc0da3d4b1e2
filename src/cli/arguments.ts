import type { Command, Option } from "commander";
import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";

const BOOLEANS: Record<string, boolean> = { true: true, "1": true, false: false, "0": false };

/** Finds the option for a word such as `--name` or `-p`. */
export function findOption(options: readonly Option[], flag: string): Option | undefined {
  return options.find((option) => option.long === flag || option.short === flag);
}

function takesValue(option: Option | undefined): boolean {
  return option !== undefined && (option.required || option.optional);
}

/** Whether the word after `word` is the value of its last flag: `-p 80:80`, `-dp 80:80`, `--name x`. */
export function consumesNext(options: readonly Option[], word: string): boolean {
  if (word.startsWith("--")) return !word.includes("=") && takesValue(findOption(options, word));
  for (let i = 1; i < word.length; i++) {
    if (takesValue(findOption(options, `-${word[i] ?? ""}`))) return i === word.length - 1;
  }
  return false;
}

/**
 * Accepts Docker's `--rm=true` and `--rm=false` for flags without a value.
 * @returns equivalent words for a parser without such a notation
 * @throws BoxError usage
 */
function settle(options: readonly Option[], word: string): string[] {
  const equals = word.indexOf("=");
  if (!word.startsWith("--") || equals < 0) return [word];
  const flag = word.slice(0, equals);
  const option = findOption(options, flag);
  if (option === undefined || takesValue(option)) return [word];
  const text = word.slice(equals + 1);
  const value = Object.hasOwn(BOOLEANS, text) ? BOOLEANS[text] : undefined;
  if (value === undefined) {
    throw new BoxError("usage", `${flag}: ${quote(text)} is neither true nor false`);
  }
  if (value) return [flag];
  const negative = `--no-${flag.slice(2)}`;
  return findOption(options, negative) ? [negative] : [];
}

/** Accepts `--pause=false` and the like for flags without a value, in any position. @throws BoxError usage */
export function settleFlags(command: Command, words: readonly string[]): string[] {
  const end = words.indexOf("--");
  return words.flatMap((word, i) => {
    const isValue = i > 0 && consumesNext(command.options, words[i - 1] ?? "");
    return isValue || (end >= 0 && i >= end) ? [word] : settle(command.options, word);
  });
}

/**
 * Accepts flags on both sides of the first operand (`box run nginx:alpine -p 8080:80`). The second word that is not a
 * flag starts the workload's command, and everything after it belongs to that command (`box run alpine ls -la`).
 * @returns the words in an order that is unambiguous for any parser: flags, `--`, operands
 */
export function separateCommand(command: Command, words: readonly string[]): string[] {
  const flags: string[] = [];
  let image: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") {
      const rest = words.slice(i + 1);
      return [...flags, "--", ...(image === undefined ? rest : [image, ...rest])];
    }
    if (word.startsWith("-") && word !== "-") {
      flags.push(...settle(command.options, word));
      const next = words[i + 1];
      if (next !== undefined && consumesNext(command.options, word)) {
        flags.push(next);
        i++;
      }
    } else if (image === undefined) {
      image = word;
    } else {
      return [...flags, "--", image, ...words.slice(i)];
    }
  }
  return image === undefined ? flags : [...flags, "--", image];
}
