import { spawn } from "node:child_process";
import { BoxError } from "../../../errors.js";
import { onAbort, unlessAborted } from "../../../host/abort.js";
import { findProgram, type Host } from "./host.js";
import type { Step } from "./plan.js";

export interface RunOptions {
  /** Asked before the first command is run; if the answer is false, none is run. */
  confirm?: (steps: readonly Step[]) => boolean | Promise<boolean>;
  /** Called before each command is run. */
  onStep?: (step: Step) => void;
  signal?: AbortSignal | undefined;
}

/** How much of a command's output is kept to find its error message. */
const MOST_OUTPUT = 1 << 16;

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

async function run({ text, sudo, words }: Step, signal: AbortSignal | undefined) {
  signal?.throwIfAborted();
  // sudo asks for the password on the terminal itself.
  const [program = "", ...rest] = sudo ? ["sudo", ...words] : words;
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout
    .setEncoding("utf8")
    .on("data", (data: string) => (output = (output + data).slice(-MOST_OUTPUT)));
  child.stderr
    .setEncoding("utf8")
    .on("data", (data: string) => (errors = (errors + data).slice(0, MOST_OUTPUT)));
  const off = onAbort(signal, () => child.kill("SIGTERM"));
  const end = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killed) => resolve(code ?? killed));
  }).finally(off);
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
  { confirm = () => true, onStep = () => undefined, signal }: RunOptions,
): Promise<unknown[] | undefined> {
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
      await run(step, signal);
      if (!step.optional) before = undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (step.optional) before = error;
      else failures.push(before ?? error);
    }
  }
  return failures;
}
