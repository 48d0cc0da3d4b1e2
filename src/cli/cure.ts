import type { Diagnosis, Step } from "../engine/system.js";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { printNotice } from "./output/print.js";
import { prompt } from "./prompt.js";
import { openStdin } from "./stdin.js";

export interface CureFlags {
  yes?: boolean;
}

/**
 * Whether commands that change this system may run: with `--yes`, or if the user agrees at the terminal. Scripts run by
 * root are not asked, because root needs no password.
 * @throws BoxError usage if there is no terminal to ask on
 */
async function isAgreed(steps: readonly Step[], { yes = false }: CureFlags): Promise<boolean> {
  if (yes) return true;
  if (!openStdin().isTTY) {
    if (process.geteuid?.() === 0) return true;
    throw new BoxError("usage", "cannot ask for confirmation: standard input is not a terminal", {
      hint: "use --yes to proceed without confirmation",
    });
  }
  for (const { text } of steps) printNotice(`  ${text}`);
  return /^(y|yes)?$/i.test((await prompt("Run this? [Y/n] ")).trim());
}

/**
 * Runs the steps to fix what a diagnosis found, if the user agrees.
 * @returns the failures; undefined if nothing was run
 */
export async function cure(
  diagnosis: Diagnosis,
  steps: readonly Step[],
  flags: CureFlags,
): Promise<unknown[] | undefined> {
  if (steps.length === 0 || !(await isAgreed(steps, flags))) return undefined;
  return engine().system.carryOut(steps, diagnosis.host, {
    onStep: ({ text }) => printNotice(`Running: ${text}`),
    signal: untilEnded(),
  });
}
