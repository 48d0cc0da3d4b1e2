import { dirname, join } from "node:path";
import { BoxError } from "../../../errors.js";
import { isUsable } from "../../../host/read.js";
import { probeDrivers } from "../../../vm/drivers/select.js";
import { probeKvm } from "../../../vm/drivers/krun/kvm.js";
import { probeLayers } from "../../../vm/jail/layers.js";
import { findRuntimeFiles, installedIn, type RuntimeFiles } from "../../../vm/runtime-files.js";
import type { Context } from "../../context.js";
import { problem, type Check } from "./check.js";
import { hostOf, type Host } from "./host.js";
import {
  checkClock,
  checkDriver,
  checkGroups,
  checkJail,
  checkKvm,
  checkNode,
  checkSubordinateIds,
  checkSystem,
} from "./machine.js";
import { findDistribution, type Distribution } from "./packages.js";
import { checkLibraries, checkParts } from "./parts.js";
import {
  checkBoxes,
  checkHome,
  checkProxies,
  checkRuntimeFiles,
  checkRuntimePlace,
  checkSettings,
  checkStore,
  repairOf,
} from "./places.js";
import { checkVolumes } from "./volumes.js";

/** The results of checks, and what is needed to plan their cures. */
export interface Examination {
  checks: Check[];
  host: Host;
  distribution: Distribution;
}

/** Returns the command that installs box's AppArmor profile, if this installation includes it. */
async function profileCommand(dist: string): Promise<string[] | undefined> {
  const script = join(dirname(dist), "scripts", "apparmor");
  return (await isUsable(script)) ? [script] : undefined;
}

function orError<T>(work: Promise<T>): Promise<T | BoxError> {
  return work.catch((error: unknown) => {
    if (error instanceof BoxError) return error;
    throw error;
  });
}

/** Checks that need box's own runtime files. */
async function checkWithParts(
  host: Host,
  distribution: Distribution,
  files: RuntimeFiles,
  kvm: boolean,
  profile: string[] | undefined,
): Promise<Check[]> {
  const [reports, parts, libraries] = await Promise.all([
    probeDrivers(files),
    checkParts(host, distribution, kvm),
    checkLibraries(distribution, files, kvm),
  ]);
  const jail = await probeLayers(files).then(
    (layers) => checkJail(host, layers, profile),
    async (error: unknown) =>
      problem(
        "jail",
        `${files.vmmHelper} cannot be run: ${error instanceof Error ? error.message : ""}`,
        await repairOf(installedIn()),
      ),
  );
  const volumes = await checkVolumes(host, files, reports, profile);
  return [...checkDriver(reports), ...parts, ...libraries, jail, ...volumes];
}

/** Checks only packages and libraries, for `box setup`. */
export async function examineParts({ home }: Context, host = hostOf(home)): Promise<Examination> {
  const [distribution, files, kvm] = await Promise.all([
    findDistribution(host),
    orError(findRuntimeFiles(home)),
    probeKvm(),
  ]);
  const parts = await checkParts(host, distribution, kvm.usable);
  const libraries = files instanceof BoxError ? [] : await checkLibraries(distribution, files, kvm.usable);
  return { checks: [...parts, ...libraries], host, distribution };
}

/** Checks whether this host has everything that boxes need to run. Changes nothing. */
export async function examine(context: Context, host = hostOf(context.home)): Promise<Examination> {
  const { home } = context;
  const dist = installedIn();
  const [distribution, files, profile, kvm] = await Promise.all([
    findDistribution(host),
    orError(findRuntimeFiles(home)),
    profileCommand(dist),
    probeKvm(),
  ]);
  const groups = await Promise.all([
    checkRuntimeFiles(dist, files),
    checkKvm(host, kvm),
    files instanceof BoxError
      ? checkParts(host, distribution, kvm.usable)
      : checkWithParts(host, distribution, files, kvm.usable, profile),
    checkSubordinateIds(host),
    checkGroups(host),
    checkHome(home),
    checkRuntimePlace(home),
    files instanceof BoxError ? [] : checkBoxes(home),
    checkSettings(home),
    checkStore(context),
    checkClock(host, [process.execPath, home.folder]),
    checkProxies(home),
  ]);
  return { checks: [checkSystem(host, distribution), checkNode(), ...groups.flat()], host, distribution };
}
