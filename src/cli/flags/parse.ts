import { Option } from "commander";
import { BoxError, naming } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { nearest } from "../nearest.js";

/** Collects the values of a repeatable flag. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** Wraps the parser of a flag's value such that errors name the flag. */
export function named<T>(flag: string, parse: (text: string) => T): (text: string) => T {
  return (text) => naming(flag, () => parse(text));
}

/**
 * Parses a whole number within bounds.
 * @throws BoxError invalid-number
 */
export function parseWhole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new BoxError("invalid-number", `${quote(text)} is not a whole number from ${least} to ${most}`);
  };
}

/**
 * Parses a value from a list of choices.
 * @throws BoxError invalid-choice
 */
export function parseChoice<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    const meant = nearest(text, choices);
    throw new BoxError("invalid-choice", `${quote(text)} is not one of ${choices.join(", ")}`, {
      ...(meant === undefined ? {} : { hint: `did you mean ${meant}?` }),
    });
  };
}

/** A flag with a fixed set of values, which help and completion show. */
export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  const [name = flags] = /--[a-z-]+/.exec(flags) ?? [];
  return new Option(flags, description).choices([...choices]).argParser(named(name, parseChoice(choices)));
}
