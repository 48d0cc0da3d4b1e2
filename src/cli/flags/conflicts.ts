import type { BoxSpec } from "../../config/spec.js";
import { checkTogether } from "../../config/spec/together.js";
import { quote } from "../../config/syntax/quote.js";
import { BoxError } from "../../errors.js";
import type { BoxFlags } from "./given.js";
import type { Fields } from "../../config/merge.js";

const MEBIBYTE = 2 ** 20;

/** `fields`: the conflicting fields, if they can also be set in a `--config` file. */
type Rule = [holds: boolean, flags: string, reason: string, ...fields: string[]];

/** @param place of the options, if they come from a file */
function refuse(flags: string, reason: string, place = ""): never {
  const words = flags.includes("without")
    ? `${flags} cannot be used`
    : `conflicting options: cannot specify both ${flags}`;
  throw new BoxError("flag-conflict", `${place}${words}: ${reason}`);
}

/** Whether flags set a field. */
function isAsked(asked: Fields, field: string): boolean {
  const value = field
    .split(".")
    .reduce<unknown>((below, name) => (below as Fields | null | undefined)?.[name], asked);
  return value !== undefined;
}

/** Reports conflicting fields that all come from the `--config` file. */
function refuseFile(path: string, fields: string[], reason: string, spec: BoxSpec): never {
  const place = `--config ${quote(path)}`;
  try {
    checkTogether(spec);
  } catch (error) {
    const { subject } = error instanceof BoxError ? error : {};
    if (error instanceof BoxError && subject !== undefined && fields.includes(subject))
      // In a file, fields keep their names.
      throw new BoxError(error.code, `${place}: ${error.message.replaceAll("`", "")}`, { cause: error });
  }
  return refuse(fields.join(" and "), reason, `${place}: `);
}

/**
 * Rejects variables and a port for a sidecar if there is no sidecar.
 * @throws BoxError flag-conflict
 */
export function checkSidecar(flags: BoxFlags, { sidecar }: Fields): void {
  const named = typeof sidecar === "object" && sidecar !== null && "image" in sidecar;
  if (flags.sidecarEnv !== undefined && !named)
    refuse("--sidecar-env without --sidecar", "there is no sidecar to set variables for");
  if (flags.sidecarPort !== undefined && !named)
    refuse("--sidecar-port without --sidecar", "there is no sidecar to serve a port");
}

function healthFlag(flags: BoxFlags): string | undefined {
  if (flags.healthCmd !== undefined) return "--health-cmd";
  if (flags.healthInterval !== undefined) return "--health-interval";
  if (flags.healthTimeout !== undefined) return "--health-timeout";
  if (flags.healthStartPeriod !== undefined) return "--health-start-period";
  return flags.healthRetries === undefined ? undefined : "--health-retries";
}

interface MemoryConflict {
  field: string;
  reason: string;
  hint: string;
}

/** Amounts of memory that do not fit together, in the words of Docker's daemon. @param given fields set by flags and the file */
function memoryConflict(asked: Fields, given: Fields, spec: BoxSpec): MemoryConflict | undefined {
  const { memorySwap, memoryReservation } = spec.resourceLimits;
  const memory = spec.resources.memoryMb * MEBIBYTE;
  if (memoryReservation !== null && memoryReservation > memory)
    return {
      field: "resourceLimits.memoryReservation",
      reason: "Minimum memory limit can not be less than memory reservation limit, see usage",
      hint: "--memory-reservation exceeds the memory of the VM: increase -m (default: 1g)",
    };
  if (memorySwap === null || memorySwap <= 0) return undefined;
  const field = "resourceLimits.memorySwap";
  const hint = "--memory-swap counts memory and swap together";
  if (isAsked(asked, field) && !isAsked(given, "resources.memoryMb"))
    return {
      field,
      reason: "You should always set the Memory limit when using Memoryswap limit, see usage",
      hint: `${hint}: add -m`,
    };
  if (memorySwap >= memory) return undefined;
  const reason = "Minimum memoryswap limit should be larger than memory limit, see usage";
  return { field, reason, hint: `${hint}, so it cannot be less than -m` };
}

/**
 * Rejects conflicting flags, or conflicting fields of a file.
 * @param asked fields set by flags, without the file
 * @param given fields set by flags or the file
 * @throws BoxError flag-conflict, invalid-limit
 */
export function checkConflicts(flags: BoxFlags, asked: Fields, given: Fields, spec: BoxSpec): void {
  const { record } = spec;
  const memory = memoryConflict(asked, given, spec);
  if (memory !== undefined) {
    const { field, reason, hint } = memory;
    const fields = ["resources.memoryMb", field];
    if (flags.config !== undefined && !fields.some((one) => isAsked(asked, one)))
      refuseFile(flags.config, fields, reason, spec);
    throw new BoxError("invalid-limit", reason, { hint });
  }
  const isolated = spec.network.mode === "none";
  const health = healthFlag(flags);
  const rules: Rule[] = [
    [
      record.autoRemove && record.restart.policy !== "no",
      "--restart and --rm",
      "a removed box cannot be restarted",
      ...["record.autoRemove", "record.restart"],
    ],
    [
      isolated && spec.portMap.length > 0,
      "-p and --network none",
      "the box has no network",
      ...["portMap", "network"],
    ],
    [
      isolated && record.publishAll,
      "-P and --network none",
      "the box has no network",
      ...["record.publishAll", "network"],
    ],
    [
      !flags.healthcheck && health !== undefined,
      `${health ?? ""} and --no-healthcheck`,
      "the check would be disabled",
    ],
    [
      !spec.cache.enabled && (flags.pull ?? "always") !== "always",
      `--no-cache and --pull ${flags.pull ?? ""}`,
      "without the cache, images are always pulled",
    ],
    [
      spec.persistent && record.autoRemove,
      "--rm and --persistent",
      "a removed box keeps nothing",
      ...["record.autoRemove", "persistent"],
    ],
    [
      record.cpus !== null && spec.resourceLimits.cpuQuota !== null,
      `--cpus ${record.cpus ?? ""} and --cpu-quota`,
      "both limit the CPU time",
      ...["record.cpus", "resourceLimits.cpuQuota"],
    ],
    [
      flags.format !== undefined && flags.dryRun !== true,
      "--format without --dry-run",
      "only --dry-run prints the configuration",
    ],
  ];
  const broken = rules.find(([holds]) => holds);
  if (broken === undefined) return;
  const [, words, reason, ...fields] = broken;
  const isOfFile = fields.length > 0 && !fields.some((field) => isAsked(asked, field));
  if (flags.config !== undefined && isOfFile) refuseFile(flags.config, fields, reason, spec);
  refuse(words, reason);
}
