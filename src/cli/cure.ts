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
 * Whether commands that change this system may run: with `--yes`, or when whoever is at the terminal agrees. Root's scripts
 * are not asked: there is no password to give, and nobody else to ask.
 * @throws BoxError usage where nobody can be asked
 */
async function isAgreed(steps: readonly Step[], { yes = false }: CureFlags): Promise<boolean> {
  if (yes) return true;
  if (!openStdin().isTTY) {
    if (process.geteuid?.() === 0) return true;
    throw new BoxError("usage", "there is no terminal to ask on before this system is changed", {
      hint: "add --yes",
    });
  }
  for (const { text } of steps) printNotice(`  ${text}`);
  return /^(y|yes)?$/i.test((await prompt("Run this? [Y/n] ")).trim());
}

/**
 * Carries out what a diagnosis asks for, if its user agrees.
 * @returns what has failed; undefined when nothing was done
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
