import { setTimeout } from "node:timers/promises";
import { BoxError } from "../../../errors.js";
import { onAbort, unlessAborted } from "../../../host/abort.js";
import { findProgram, type Host } from "./host.js";
import type { Step } from "./plan.js";
import { runProgram, type Ended } from "./process.js";

export interface RunOptions {
  /** Asked before the first command is run; if the answer is false, none is run. */
  confirm?: (steps: readonly Step[]) => boolean | Promise<boolean>;
  /** Called before each command is run. */
  onStep?: (step: Step) => void;
  /** Interrupts the command that is running. It is waited for: a package manager that is killed leaves half of its work. */
  signal?: AbortSignal | undefined;
  /** Called if a command is interrupted by `signal`. */
  onWait?: (step: Step) => void;
}

/** Returns the first line that gives a reason; later ones are mostly consequences of it. */
function reasonIn(errors: string, output: string, end: string): string {
  const lines = errors.split("\n").filter((line) => line.trim() !== "");
  const reason = lines.find((line) => /^(E|sudo|error|fatal)\b.*:/i.test(line)) ?? lines[0];
  return (
    reason ??
    output
      .trimEnd()
      .split("\n")
      .findLast((line) => line !== "") ??
    end
  );
}

/** Another apt that reads package lists, such as the one that a new system starts by itself, needs a few minutes. */
const LOCK_LIMIT_MS = 600_000;
const LOCK_RETRY_MS = 2000;

/** Runs a program again while it fails because another apt runs: apt-get update does not wait for it. */
async function runUnlocked(
  program: string,
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Ended> {
  const started = performance.now();
  for (;;) {
    const ended = await runProgram(program, words, { signal });
    const isLocked = ended.end !== 0 && /^E: Could not get lock /m.test(ended.errors);
    if (!isLocked || performance.now() - started > LOCK_LIMIT_MS) return ended;
    await setTimeout(LOCK_RETRY_MS, undefined, { signal });
  }
}

async function run(step: Step, { signal, onWait }: RunOptions) {
  signal?.throwIfAborted();
  const { text, sudo, words } = step;
  // sudo asks for the password on the terminal itself.
  const [program = "", ...rest] = sudo ? ["sudo", ...words] : words;
  const off = onAbort(signal, () => onWait?.(step));
  const { end, output, errors } = await runUnlocked(program, rest, signal).finally(off);
  if (end === 0) return;
  signal?.throwIfAborted();
  throw new BoxError("cure-failed", `\`${text}\` failed: ${reasonIn(errors, output, `exited with ${end}`)}`, {
    hint: "run it by hand to see its full output",
  });
}

/**
 * Runs the commands one after the other, if the user agrees; a failure does not stop the following ones.
 * @returns the errors of the commands that failed; undefined if nothing was run
 * @throws BoxError cure-failed if this user cannot run them
 */
export async function runSteps(
  steps: readonly Step[],
  host: Host,
  options: RunOptions,
): Promise<unknown[] | undefined> {
  const { confirm = () => true, onStep = () => undefined, signal } = options;
  if (steps.length === 0) return undefined;
  if (!(await unlessAborted(signal, Promise.resolve(confirm(steps))))) return undefined;
  const forRoot = steps.filter(({ sudo }) => sudo);
  if (forRoot.length > 0 && (await findProgram(host, "sudo")) === undefined) {
    throw new BoxError("cure-failed", "this requires root, and sudo is not installed", {
      hint: `run as root: ${forRoot.map(({ rootText }) => rootText).join(" && ")}`,
    });
  }
  const failures: unknown[] = [];
  let before: unknown;
  for (const step of steps) {
    onStep(step);
    try {
      await run(step, options);
      if (!step.optional) before = undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (step.optional) before = error;
      else failures.push(before ?? error);
    }
  }
  return failures;
}
