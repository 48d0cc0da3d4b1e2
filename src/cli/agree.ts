import type { RunOptions, Step } from "../engine/system.js";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { printNotice } from "./output/print.js";
import { prompt } from "./prompt.js";
import { openStdin } from "./stdin.js";

export interface AgreeFlags {
  yes?: boolean;
}

/**
 * Whether commands that change this system may run: with `--yes`, or if the user agrees at the terminal. Scripts run by
 * root are not asked, because root needs no password.
 * @throws BoxError usage if there is no terminal to ask on
 */
async function isAgreed(steps: readonly Step[], { yes = false }: AgreeFlags): Promise<boolean> {
  if (yes) return true;
  if (!openStdin().isTTY) {
    if (process.geteuid?.() === 0) return true;
    throw new BoxError("usage", "cannot ask for confirmation: standard input is not a terminal", {
      hint: "use --yes to proceed without confirmation",
    });
  }
  for (const { text } of steps) printNotice(`  ${text}`);
  return /^(y|yes)?$/i.test((await prompt("Run this? [Y/n] "))?.trim() ?? "no");
}

/** Options for verbs that run commands: asks for confirmation, and prints each command. */
export function agreed(flags: AgreeFlags): RunOptions {
  return {
    confirm: (steps) => isAgreed(steps, flags),
    onStep: ({ text }) => printNotice(`Running: ${text}`),
    onWait: ({ text }) => printNotice(`Waiting for \`${text}\` to end. Press Ctrl-C again not to wait.`),
    signal: untilEnded(),
  };
}
