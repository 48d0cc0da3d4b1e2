import { spawn } from "node:child_process";
import { BoxError } from "../../../errors.js";
import { onAbort } from "../../../host/abort.js";
import type { Check, Cure } from "./check.js";
import type { Diagnosis } from "./doctor.js";
import { findProgram, type Host } from "./host.js";
import { installCommand } from "./packages.js";

/** A command that a fix carries out. */
export interface Step {
  /** As a user would type it. */
  text: string;
  words: readonly string[];
  /** Its failure is told, as the reason, only when the next one fails too. */
  optional?: true;
}

export interface CureOptions {
  /** Gets each command before it runs. */
  onStep?: (step: Step) => void;
  signal?: AbortSignal | undefined;
}

/** A word as a shell takes it. */
const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
const typed = (words: readonly string[]) => words.map(quoted).join(" ");
const asRoot = ({ uid }: Host, words: readonly string[]) => (uid === 0 ? words : ["sudo", ...words]);

/** What to type for a cure, or what to do where no command does it. */
export function describeCure(cure: Cure, { host, distribution }: Diagnosis): string {
  if ("advice" in cure) return cure.advice;
  if ("packages" in cure) return typed(asRoot(host, installCommand(distribution, cure.packages)));
  const { commands, root, then } = cure;
  const text = commands.map((words) => typed(root ? asRoot(host, words) : words)).join(" && ");
  return then === undefined ? text : `${text}, then ${then}`;
}

const packagesOf = ({ cure }: Check) => (cure && "packages" in cure ? cure.packages : []);

/** Packages that are missing, each once. */
export function missingPackages({ checks }: Diagnosis): string[] {
  return [...new Set(checks.flatMap(packagesOf))];
}

/** The command that installs what is missing, as a user would type it; undefined where nothing is. */
export function describeInstallation(diagnosis: Diagnosis): string | undefined {
  const packages = missingPackages(diagnosis);
  return packages.length === 0 ? undefined : describeCure({ packages }, diagnosis);
}

/** apt without questions, waiting for another one that is at work. */
const APT = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"];

/** Installs what is missing: apt alone, others are for their users to run. */
function installation({ host, distribution }: Diagnosis, packages: string[]): Step[] {
  if (packages.length === 0 || distribution.family !== "debian") return [];
  const run = (words: string[]) => asRoot(host, ["env", "DEBIAN_FRONTEND=noninteractive", ...APT, ...words]);
  const [, ...install] = installCommand(distribution, packages);
  return [
    // A new system has no lists. One source that cannot be read need not be the one that is needed.
    { text: typed(asRoot(host, ["apt-get", "update"])), words: run(["update"]), optional: true },
    { text: typed(asRoot(host, ["apt-get", ...install])), words: run(install) },
  ];
}

/** The commands that cure what a diagnosis has found, as far as commands can that nobody needs to think about. */
export function stepsOf(diagnosis: Diagnosis): Step[] {
  const others = diagnosis.checks.flatMap(({ status, cure }) =>
    status !== "ok" && cure && "commands" in cure && cure.automatic
      ? cure.commands.map((words) => {
          const whole = cure.root ? asRoot(diagnosis.host, words) : words;
          return { text: typed(whole), words: whole };
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

/** More is nobody's error message. */
const MOST_SAID = 1 << 16;

/** The first line that says why; what follows are mostly its consequences. */
function reasonIn(errors: string, output: string, end: string): string {
  const lines = errors.split("\n").filter((line) => line.trim() !== "");
  const said = lines.find((line) => /^(E|sudo|error|fatal)\b.*:/i.test(line)) ?? lines[0];
  return (
    said ??
    output
      .trimEnd()
      .split("\n")
      .findLast((line) => line !== "") ??
    end
  );
}

async function run({ text, words: [program = "", ...words] }: Step, signal: AbortSignal | undefined) {
  signal?.throwIfAborted();
  // Who is asked for a password is asked on the terminal itself.
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (data: string) => (output = (output + data).slice(-MOST_SAID)));
  child.stderr
    .setEncoding("utf8")
    .on("data", (data: string) => (errors = (errors + data).slice(0, MOST_SAID)));
  const off = onAbort(signal, () => child.kill("SIGTERM"));
  const end = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killed) => resolve(code ?? killed));
  }).finally(off);
  if (end === 0) return;
  signal?.throwIfAborted();
  throw new BoxError(
    "cure-failed",
    `\`${text}\` failed: ${reasonIn(errors, output, `it ended with ${end}`)}`,
    {
      hint: "run it by hand to see all that it says",
    },
  );
}

/**
 * Carries the commands out, one after the other; one that fails keeps none of the others back.
 * @returns what has failed
 * @throws BoxError cure-failed when this user cannot carry them out
 */
export async function carryOut(
  steps: readonly Step[],
  host: Host,
  { onStep = () => undefined, signal }: CureOptions = {},
): Promise<unknown[]> {
  const ofRoot = steps.filter(({ words }) => words[0] === "sudo");
  if (ofRoot.length > 0 && (await findProgram(host, "sudo")) === undefined) {
    const commands = ofRoot.map(({ text }) => text.replace(/^sudo /, "")).join(" && ");
    throw new BoxError("cure-failed", "only root can do this, and there is no sudo", {
      hint: `as root: ${commands}`,
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
