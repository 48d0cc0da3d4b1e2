import { BoxError } from "../../config/errors.js";
import { quote } from "../../config/syntax/quote.js";

/** Collects the values of a flag that may be given several times. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/**
 * A whole number within bounds.
 * @throws BoxError invalid-number
 */
export function parseWhole(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new BoxError(
      "invalid-number",
      `${flag}: ${quote(text)} is not a whole number from ${least} to ${most}`,
    );
  };
}

/**
 * A value out of a list.
 * @throws BoxError invalid-choice
 */
export function parseChoice<T extends string>(flag: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new BoxError("invalid-choice", `${flag}: ${quote(text)} is none of ${choices.join(", ")}`);
  };
}
