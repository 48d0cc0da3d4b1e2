import { spawn } from "node:child_process";
import { BoxError } from "../../../errors.js";
import { onAbort } from "../../../host/abort.js";
import type { Check, Cure } from "./check.js";
import type { Diagnosis } from "./doctor.js";
import { findProgram, type Host } from "./host.js";
import { installCommand } from "./packages.js";

/** A command that `box doctor --fix` runs. */
export interface Step {
  /** As a user would type it. */
  text: string;
  words: readonly string[];
  /** Its failure is only reported if the next step fails too, and then as the reason. */
  optional?: true;
}

export interface CureOptions {
  /** Called before each command is run. */
  onStep?: (step: Step) => void;
  signal?: AbortSignal | undefined;
}

/** Quotes a word for the shell. */
const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
const typed = (words: readonly string[]) => words.map(quoted).join(" ");
const asRoot = ({ uid }: Host, words: readonly string[]) => (uid === 0 ? words : ["sudo", ...words]);

/** Describes a cure: the command to type, or what to do if no command can do it. */
export function describeCure(cure: Cure, { host, distribution }: Diagnosis): string {
  if ("advice" in cure) return cure.advice;
  if ("packages" in cure) return typed(asRoot(host, installCommand(distribution, cure.packages)));
  const { commands, root, then } = cure;
  const text = commands.map((words) => typed(root ? asRoot(host, words) : words)).join(" && ");
  return then === undefined ? text : `${text}, then ${then}`;
}

const packagesOf = ({ cure }: Check) => (cure && "packages" in cure ? cure.packages : []);

/** Lists missing packages without duplicates. */
export function missingPackages({ checks }: Diagnosis): string[] {
  return [...new Set(checks.flatMap(packagesOf))];
}

/** Returns the command that installs the missing packages, as a user would type it; undefined if none are missing. */
export function describeInstallation(diagnosis: Diagnosis): string | undefined {
  const packages = missingPackages(diagnosis);
  return packages.length === 0 ? undefined : describeCure({ packages }, diagnosis);
}

/** apt, quiet, and waiting for another running apt. */
const APT = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"];

/** Steps that install missing packages. Only apt is automated; other package managers are left to the user. */
function installation({ host, distribution }: Diagnosis, packages: string[]): Step[] {
  if (packages.length === 0 || distribution.family !== "debian") return [];
  const run = (words: string[]) => asRoot(host, ["env", "DEBIAN_FRONTEND=noninteractive", ...APT, ...words]);
  const [, ...install] = installCommand(distribution, packages);
  return [
    // A fresh system has no package lists. A source that cannot be read may not be the one that is needed.
    { text: typed(asRoot(host, ["apt-get", "update"])), words: run(["update"]), optional: true },
    { text: typed(asRoot(host, ["apt-get", ...install])), words: run(install) },
  ];
}

/** Lists the commands that cure the findings of a diagnosis, except those that need a decision by the user. */
export function stepsOf(diagnosis: Diagnosis): Step[] {
  const others = diagnosis.checks.flatMap(({ status, cure }) =>
    status !== "ok" && cure && "commands" in cure && cure.automatic
      ? cure.commands.map((words) => {
          const command = cure.root ? asRoot(diagnosis.host, words) : words;
          return { text: typed(command), words: command };
        })
      : [],
  );
  const seen = new Set<string>();
  return [...installation(diagnosis, missingPackages(diagnosis)), ...others].filter(({ text }) => {
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
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

async function run({ text, words: [program = "", ...words] }: Step, signal: AbortSignal | undefined) {
  signal?.throwIfAborted();
  // sudo asks for the password on the terminal itself.
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
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
 * Runs the commands one after the other; a failure does not stop the following ones.
 * @returns the errors of the commands that failed
 * @throws BoxError cure-failed if this user cannot run them
 */
export async function carryOut(
  steps: readonly Step[],
  host: Host,
  { onStep = () => undefined, signal }: CureOptions = {},
): Promise<unknown[]> {
  const rootSteps = steps.filter(({ words }) => words[0] === "sudo");
  if (rootSteps.length > 0 && (await findProgram(host, "sudo")) === undefined) {
    const commands = rootSteps.map(({ text }) => text.replace(/^sudo /, "")).join(" && ");
    throw new BoxError("cure-failed", "this requires root, and sudo is not installed", {
      hint: `run as root: ${commands}`,
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
