import type { Check, Cure } from "./check.js";
import type { Examination } from "./examine.js";
import type { Host } from "./host.js";
import { installCommand } from "./packages.js";

/** A command that `box doctor --fix` runs. */
export interface Step {
  /** As this user would type it, with sudo if it requires root. */
  text: string;
  /** Whether it has to be run through sudo. */
  sudo: boolean;
  /** The command without sudo. */
  words: readonly string[];
  /** As root would type it. */
  rootText: string;
  /** Its failure is only reported if the next step fails too, and then as the reason. */
  optional?: true;
}

/** Quotes a word for the shell. */
const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
const typed = (words: readonly string[]) => words.map(quoted).join(" ");

interface StepOptions {
  root: boolean;
  /** The command to run if it differs from the one that is shown. */
  words?: readonly string[];
  optional?: true;
}

function stepOf(
  { uid }: Host,
  shown: readonly string[],
  { root, words = shown, ...rest }: StepOptions,
): Step {
  const sudo = root && uid !== 0;
  const rootText = typed(shown);
  return { text: sudo ? `sudo ${rootText}` : rootText, sudo, words, rootText, ...rest };
}

/** Describes a cure: the command to type, or what to do if no command can do it. */
export function describeCure(cure: Cure, { host, distribution }: Examination): string {
  if ("advice" in cure) return cure.advice;
  if ("packages" in cure)
    return stepOf(host, installCommand(distribution, cure.packages), { root: true }).text;
  const { commands, root, then } = cure;
  const text = commands.map((words) => stepOf(host, words, { root }).text).join(" && ");
  return then === undefined ? text : `${text}, then ${then}`;
}

const packagesOf = ({ cure }: Check) => (cure && "packages" in cure ? cure.packages : []);

/** Lists missing packages without duplicates. */
function missingPackages({ checks }: Examination): string[] {
  return [...new Set(checks.flatMap(packagesOf))];
}

/** Returns the command that installs the missing packages, as a user would type it; undefined if none are missing. */
export function describeInstallation(examination: Examination): string | undefined {
  const packages = missingPackages(examination);
  return packages.length === 0 ? undefined : describeCure({ packages }, examination);
}

/** apt, quiet, waiting for another running apt, and keeping changed configuration files without asking. */
const APT = [
  ...["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get", "-q"],
  ...[
    "DPkg::Lock::Timeout=600",
    "Dpkg::Options::=--force-confdef",
    "Dpkg::Options::=--force-confold",
  ].flatMap((option) => ["-o", option]),
];

/** Steps that install missing packages. Only apt is automated; other package managers are left to the user. */
function installation({ host, distribution }: Examination, packages: string[]): Step[] {
  if (packages.length === 0 || distribution.family !== "debian") return [];
  const apt = (words: string[], optional?: true) =>
    stepOf(host, ["apt-get", ...words], {
      root: true,
      words: [...APT, ...words],
      ...(optional ? { optional } : {}),
    });
  const [, ...install] = installCommand(distribution, packages);
  // A fresh system has no package lists. A source that cannot be read may not be the one that is needed.
  return [apt(["update"], true), apt(install)];
}

/** Lists the commands that cure the findings, except those that need a decision by the user. */
export function stepsOf(examination: Examination): Step[] {
  const others = examination.checks.flatMap(({ status, cure }) =>
    status !== "ok" && cure && "commands" in cure && cure.automatic
      ? cure.commands.map((words) => stepOf(examination.host, words, { root: cure.root }))
      : [],
  );
  const seen = new Set<string>();
  return [...installation(examination, missingPackages(examination)), ...others].filter(({ text }) => {
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
