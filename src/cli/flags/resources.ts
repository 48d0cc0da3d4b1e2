import type { Command } from "commander";
import { BoxError, naming } from "../../errors.js";
import { parseCpuset } from "../../config/syntax/cpuset.js";
import { parseDuration } from "../../config/syntax/duration.js";
import { quote } from "../../config/syntax/quote.js";
import { parseSize } from "../../config/syntax/size.js";
import { parseUlimit } from "../../config/syntax/ulimit.js";
import type { ConfigInput } from "./merge.js";
import { checked, named, parseWhole, zeroAs } from "./parse.js";

export interface ResourceFlags {
  cpus?: number;
  memory?: number;
  memoryReservation?: number;
  memorySwap?: number;
  storageOpt?: number;
  timeout?: number;
  pidsLimit?: number;
  cpusetCpus?: string;
  cpuShares?: number;
  cpuQuota?: number;
  cpuPeriod?: number;
  ulimit?: string[];
}

const MEBIBYTE = 2 ** 20;

function parseMegabytes(text: string, flag: string, least: number, most: number): number {
  const megabytes = Math.floor(naming(flag, () => parseSize(text)) / MEBIBYTE);
  if (megabytes >= least && megabytes <= most) return megabytes;
  const bound = megabytes < least ? `too little: at least ${least}m` : `too much: at most ${most}m`;
  throw new BoxError("invalid-size", `${flag}: ${quote(text)} is ${bound}`);
}

function parseCpus(text: string): number {
  if (!/^\d{0,4}\.\d+$/.test(text)) return parseWhole("--cpus", 1, 255)(text);
  throw new BoxError("invalid-number", `--cpus: ${quote(text)} is not a whole number: a VM has whole CPUs`, {
    hint: "--cpu-quota gives the box a share of their time",
  });
}

function parseStorageOpt(text: string): number {
  const [, size] = /^size=(.*)$/s.exec(text) ?? [];
  if (size !== undefined) return parseMegabytes(size, "--storage-opt size", 64, 16_777_216);
  throw new BoxError("invalid-storage-opt", `--storage-opt: ${quote(text)} is not known`, {
    hint: "size=SIZE is, the size of the writable layer",
  });
}

function parseTimeout(text: string): number {
  const seconds = Math.ceil(naming("--timeout", () => parseDuration(text, true)));
  if (seconds <= 2_147_483) return seconds;
  throw new BoxError("invalid-duration", `--timeout: ${quote(text)} is more than 2147483 seconds`);
}

/** Of these `box update` can change what was said when the box was made. */
export function addLimitFlags(command: Command): Command {
  return command
    .option("--cpus <number>", "virtual CPUs (2)", parseCpus)
    .option("-m, --memory <size>", "memory of the VM (1g)", (text: string) =>
      parseMegabytes(text, "-m", 64, 1_048_576),
    )
    .option(
      "--memory-reservation <size>",
      "memory that the host keeps for the box",
      named("--memory-reservation", parseSize),
    )
    .option(
      "--memory-swap <size>",
      "memory and swap together; -1: no limit",
      named("--memory-swap", (text) => (text === "-1" ? -1 : parseSize(text))),
    )
    .option(
      "--pids-limit <number>",
      "processes in the box; -1: no limit",
      parseWhole("--pids-limit", -1, 4_194_304),
    )
    .option(
      "--cpuset-cpus <list>",
      "CPUs of this host that the VM may use, such as 0,2-3",
      named("--cpuset-cpus", (text) => {
        parseCpuset(text);
        return text;
      }),
    )
    .option("--cpu-shares <number>", "weight of the VM among others, 2 to 262144", (text: string) =>
      text === "0" ? 0 : parseWhole("--cpu-shares", 2, 262_144)(text),
    )
    .option(
      "--cpu-quota <microseconds>",
      "time on CPUs in a period; -1: no limit",
      parseWhole("--cpu-quota", -1, 1_000_000_000),
    )
    .option("--cpu-period <microseconds>", "length of a period (100000)", (text: string) =>
      text === "0" ? 0 : parseWhole("--cpu-period", 1000, 1_000_000)(text),
    );
}

export function addResourceFlags(command: Command): Command {
  return addLimitFlags(command.optionsGroup("Resources:"))
    .option("--storage-opt <size=SIZE>", "size of the writable layer (4g)", parseStorageOpt)
    .option("--timeout <time>", "stop the box after so many seconds, or 1h30m", parseTimeout)
    .option(
      "--ulimit <name=soft[:hard]>",
      "limit of every process, such as nofile=1024",
      checked("--ulimit", parseUlimit),
    );
}

export function toResources(flags: ResourceFlags): Pick<ConfigInput, "resources" | "resourceLimits"> {
  return {
    resources: {
      vcpus: flags.cpus,
      memoryMb: flags.memory,
      diskMb: flags.storageOpt,
      timeout: flags.timeout,
    },
    resourceLimits: {
      pidsLimit: flags.pidsLimit,
      cpusetCpus: flags.cpusetCpus,
      ulimits: flags.ulimit,
      // Docker's 0 is no limit.
      cpuShares: zeroAs(flags.cpuShares, null),
      cpuQuota: flags.cpuQuota,
      cpuPeriod: zeroAs(flags.cpuPeriod, undefined),
      memoryReservation: zeroAs(flags.memoryReservation, null),
      memorySwap: zeroAs(flags.memorySwap, null),
    },
  };
}
