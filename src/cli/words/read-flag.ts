import type { Option } from "commander";

/** One flag as written on a command line; `value` is its argument, if it came with one or took the next word. */
export interface GivenFlag {
  /** The name as written, such as `--publish` or `-p`. */
  name: string;
  /** The name, or a short one with the letters after it, as in `-xyz`. */
  text: string;
  /** Undefined if the command has no such flag. */
  option: Option | undefined;
  /** Undefined for `--rm`, and for a flag whose argument is missing. */
  value: string | undefined;
}

/** Flags of one word, or of two if the last flag takes the next word as its argument. */
export interface GivenWord {
  flags: GivenFlag[];
  /** Number of words read: 1 or 2. */
  count: 1 | 2;
}

/** Finds the option for a name such as `--name` or `-p`. */
export function findOption(options: readonly Option[], name: string): Option | undefined {
  return options.find((option) => option.long === name || option.short === name);
}

/** Whether a flag needs an argument; without `=`, it is the next word. */
export function needsValue(option: Option | undefined): boolean {
  return option?.required === true;
}

/** Whether a flag takes an argument after `=` only: `--pool` and `--pool=NAME`. */
export function mayHaveValue(option: Option): boolean {
  // For commander, `<path[:options]>` is both.
  return option.optional && !option.required;
}

export function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

function readLong(options: readonly Option[], word: string, next: string | undefined): GivenWord {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const option = findOption(options, name);
  if (equals >= 0) return { flags: [{ name, text: name, option, value: word.slice(equals + 1) }], count: 1 };
  if (!needsValue(option)) return { flags: [{ name, text: name, option, value: undefined }], count: 1 };
  return { flags: [{ name, text: name, option, value: next }], count: next === undefined ? 1 : 2 };
}

/** Reads `-it`, `-it=true`, `-p80:80`, `-p=80:80` and `-p 80:80`. */
function readShort(options: readonly Option[], word: string, next: string | undefined): GivenWord {
  const flags: GivenFlag[] = [];
  let letters = word.slice(1);
  while (letters !== "") {
    const name = `-${letters.charAt(0)}`;
    const option = findOption(options, name);
    const text = `-${letters}`;
    const rest = letters.slice(1);
    if (rest.length > 1 && rest.startsWith("=")) {
      flags.push({ name, text, option, value: rest.slice(1) });
      break;
    }
    if (needsValue(option)) {
      const value = rest === "" ? next : rest;
      flags.push({ name, text, option, value });
      return { flags, count: rest === "" && next !== undefined ? 2 : 1 };
    }
    flags.push({ name, text, option, value: undefined });
    if (option === undefined) break;
    letters = rest;
  }
  return { flags, count: 1 };
}

/**
 * Reads a word that begins with `-` as Docker's parser (Go's pflag) does.
 * @param next the word after it, if any
 */
export function readFlagWord(options: readonly Option[], word: string, next: string | undefined): GivenWord {
  return word.startsWith("--") ? readLong(options, word, next) : readShort(options, word, next);
}
