import { printLine } from "./print.js";

/** Prints what a prune has removed, as Docker does: nothing if that is nothing. */
export function printRemoved(heading: string, names: readonly string[]): void {
  if (names.length === 0) return;
  printLine(heading);
  for (const name of names) printLine(name);
  printLine("");
}
