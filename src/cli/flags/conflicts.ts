import type { BoxSpec } from "../../config/spec.js";
import { BoxError } from "../../errors.js";
import type { BoxFlags } from "./given.js";
import type { Fields } from "./merge.js";

const MEBIBYTE = 2 ** 20;

type Rule = [holds: boolean, flags: string, reason: string];

function refuseFirst(rules: Rule[]): void {
  const broken = rules.find(([holds]) => holds);
  if (broken)
    throw new BoxError(
      "flag-conflict",
      `${broken[1]} cannot be used${broken[1].includes("without") ? "" : " together"}: ${broken[2]}`,
    );
}

/**
 * Refuses variables of a sidecar that nothing names.
 * @throws BoxError flag-conflict
 */
export function checkSidecar(flags: BoxFlags, { sidecar }: Fields): void {
  const named = typeof sidecar === "object" && sidecar !== null && "image" in sidecar;
  refuseFirst([
    [flags.sidecarEnv !== undefined && !named, "--sidecar-env without --sidecar", "there is nobody to tell"],
  ]);
}

function healthFlag(flags: BoxFlags): string | undefined {
  if (flags.healthCmd !== undefined) return "--health-cmd";
  if (flags.healthInterval !== undefined) return "--health-interval";
  if (flags.healthTimeout !== undefined) return "--health-timeout";
  if (flags.healthStartPeriod !== undefined) return "--health-start-period";
  return flags.healthRetries === undefined ? undefined : "--health-retries";
}

/**
 * Refuses flags that contradict each other, by name.
 * @throws BoxError flag-conflict
 */
export function checkConflicts(flags: BoxFlags, spec: BoxSpec): void {
  const { record } = spec;
  const isolated = spec.network.mode === "none";
  const health = healthFlag(flags);
  const { memorySwap, memoryReservation } = spec.resourceLimits;
  const memory = spec.resources.memoryMb * MEBIBYTE;
  refuseFirst([
    [
      record.autoRemove && record.restart.policy !== "no",
      "--rm and --restart",
      "a box that is removed cannot start again",
    ],
    [isolated && spec.portMap.length > 0, "-p and --network none", "nothing reaches such a box"],
    [isolated && record.publishAll, "-P and --network none", "nothing reaches such a box"],
    [
      !flags.healthcheck && health !== undefined,
      `${health ?? ""} and --no-healthcheck`,
      "one asks for what the other forbids",
    ],
    [
      !spec.cache.enabled && (flags.pull ?? "always") !== "always",
      `--no-cache and --pull ${flags.pull ?? ""}`,
      "without the cache every image has to come from its registry",
    ],
    [spec.persistent && record.autoRemove, "--rm and --persistent", "what is removed is not kept"],
    [
      memorySwap !== null && memorySwap !== -1 && memorySwap < memory,
      "-m and --memory-swap",
      "memory and swap together are less than memory alone",
    ],
    [
      memoryReservation !== null && memoryReservation > memory,
      "-m and --memory-reservation",
      "more is reserved than the VM has",
    ],
    [
      flags.format !== undefined && flags.dryRun !== true,
      "--format without --dry-run",
      "only what is not run is printed",
    ],
  ]);
}
