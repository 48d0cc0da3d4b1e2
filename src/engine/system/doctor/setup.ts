import { BoxError, messageOf } from "../../../errors.js";
import type { Context } from "../../context.js";
import { findingsOf, type Finding } from "./diagnose.js";
import { examineParts } from "./examine.js";
import type { Family } from "./packages.js";
import { describeInstallation, stepsOf } from "./plan.js";
import { prepareTemplate } from "./prepare-template.js";
import { runSteps, type RunOptions } from "./run-steps.js";

const DETAILS = "`system.diagnose` has the details";

export interface SetupOptions extends RunOptions {
  /** Install nothing. */
  dryRun?: boolean;
  /** Called with everything that is missing or unsuitable, before anything is installed. */
  onFindings?: (findings: readonly Finding[]) => void;
}

export interface SetupResult {
  /** The command that installs the missing packages; undefined if none are missing. */
  command?: string;
  /** Whether boxes have everything now. */
  complete: boolean;
  /** Whether packages were installed. */
  installed: boolean;
}

/**
 * Installs the packages that boxes need and this host lacks. Once boxes have everything, has the template for VMs with the
 * default size made in the background, if VMs here can use it.
 * @throws BoxError cure-failed, and errors of `confirm`
 */
export async function setup(context: Context, options: SetupOptions = {}): Promise<SetupResult> {
  const result = await install(context, options);
  if (result.complete && !options.dryRun) await orWarn(context, prepareTemplate(context));
  return result;
}

/** Without the template, the first box boots its VM. */
async function orWarn({ warn }: Context, prepared: Promise<void>): Promise<void> {
  await prepared.catch((error: unknown) => warn(`cannot prepare the first start: ${messageOf(error)}`));
}

async function install(context: Context, options: SetupOptions): Promise<SetupResult> {
  const before = await examineParts(context);
  const command = describeInstallation(before);
  const lacks = ({ status }: { status: string }) => status !== "ok";
  const result = { ...(command === undefined ? {} : { command }), installed: false };
  if (options.dryRun) return { ...result, complete: !before.checks.some(lacks) };
  const findings = findingsOf(before).filter(lacks);
  if (findings.length === 0) return { ...result, complete: true };
  options.onFindings?.(findings);
  const steps = stepsOf(before);
  if (steps.length === 0) throw unfixable(before.distribution.family, command, findings);
  const failures = await runSteps(steps, before.host, options);
  if (failures === undefined) return { ...result, complete: false };
  if (failures.length > 0) throw failures[0];
  const left = (await examineParts(context)).checks.find(lacks);
  if (left) throw new BoxError("cure-failed", `${left.name}: ${left.found}`, { hint: DETAILS });
  return { ...result, complete: true, installed: true };
}

/** The error if there is something to fix, but no command to run. */
function unfixable(family: Family | undefined, command: string | undefined, [first]: readonly Finding[]) {
  if (family === "debian")
    return new BoxError("cure-failed", `${first?.name}: ${first?.found}`, {
      hint: first?.cure?.text ?? DETAILS,
    });
  return new BoxError(
    "cure-failed",
    "packages can be installed only on Debian, Ubuntu and their derivatives",
    { hint: command === undefined ? DETAILS : `on this system: ${command}` },
  );
}
