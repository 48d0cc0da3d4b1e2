import type { Context } from "../../context.js";
import type { Status } from "./check.js";
import { examine, type Examination } from "./examine.js";
import { describeCure, stepsOf } from "./plan.js";
import { runSteps, type RunOptions } from "./run-steps.js";

/** One line of `box doctor`. */
export interface Finding {
  name: string;
  status: Status;
  found: string;
  /** The command that fixes it, or advice if no command can; undefined if nothing needs to be fixed or nothing helps. */
  cure?: { text: string; isCommand: boolean };
}

export interface Diagnosis {
  /** Whether boxes can run on this host: there are no problems. */
  usable: boolean;
  findings: Finding[];
  /** Whether `fix` has commands to run. */
  fixable: boolean;
  /** Errors of commands that `fix` ran. */
  failures: unknown[];
}

export interface DiagnoseOptions {
  /** Run the commands that fix what was found, and check again. */
  fix?: RunOptions;
}

export function findingsOf(examination: Examination): Finding[] {
  return examination.checks.map(({ name, status, found, cure }) => ({
    name,
    status,
    found,
    ...(status === "ok" || cure === undefined
      ? {}
      : { cure: { text: describeCure(cure, examination), isCommand: !("advice" in cure) } }),
  }));
}

/**
 * Checks whether this host has everything that boxes need to run. Without `fix`, it changes nothing.
 * @throws BoxError cure-failed if this user cannot run the commands; errors of `fix.confirm`
 */
export async function diagnose(context: Context, { fix }: DiagnoseOptions = {}): Promise<Diagnosis> {
  let examination = await examine(context);
  const failures = fix && (await runSteps(stepsOf(examination), examination.host, fix));
  if (failures !== undefined) examination = await examine(context);
  return {
    usable: examination.checks.every(({ status }) => status !== "problem"),
    findings: findingsOf(examination),
    fixable: stepsOf(examination).length > 0,
    failures: failures ?? [],
  };
}
