import { constants } from "node:os";
import { BoxError } from "../../config/errors.js";

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
      `${flag}: "${text.slice(0, 80)}" is not a whole number from ${least} to ${most}`,
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
    throw new BoxError("invalid-choice", `${flag}: "${text.slice(0, 80)}" is none of ${choices.join(", ")}`);
  };
}

/**
 * The number of a signal, by name (`TERM`, `SIGTERM`) or number.
 * @throws BoxError invalid-signal
 */
export function parseSignal(text: string): number {
  const name = text.toUpperCase();
  const signals: Record<string, number> = constants.signals;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : (signals[name] ?? signals[`SIG${name}`]);
  if (number !== undefined && number >= 1 && number <= 64) return number;
  throw new BoxError("invalid-signal", `-s: "${text.slice(0, 80)}" is not a signal`, {
    hint: "write a name such as TERM or SIGHUP, or a number from 1 to 64",
    exitCode: 1,
  });
}
