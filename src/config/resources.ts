import * as z from "zod/mini";
import { field, flag } from "./field.js";
import { byteCount, perhaps, strings, wholeOr } from "./types.js";

export const DEFAULT_DISK_MB = 4096;

/** Resources of the VM. */
export const Resources = z.strictObject({
  vcpus: field(
    wholeOr(2, 1, 255),
    flag("Resources", "--cpus <number>", "number of CPUs (default: 2)", { as: "cpus", also: ["update"] }),
  ),
  memoryMb: field(
    wholeOr(1024, 64, 1_048_576),
    "Memory of the VM, in MiB.",
    flag("Resources", "-m, --memory <size>", "memory of the VM (default: 1g)", {
      as: "megabytes",
      also: ["update"],
    }),
  ),
  diskMb: field(
    wholeOr(DEFAULT_DISK_MB, 64, 16_777_216),
    "Size of the writable layer, in MiB.",
    flag("Resources", "--storage-opt <size=SIZE>", "size of the writable layer (default: 4g)", {
      as: "storage",
    }),
  ),
  timeout: field(
    wholeOr(3600, 0, 2_147_483),
    "Seconds after which the box is stopped; 0: never, which is the default of the command line and the library.",
    flag(
      "Resources",
      "--timeout <time>",
      "stop the box after a number of seconds, or a duration such as 1h30m",
      { as: "timeout" },
    ),
  ),
});

/** Limits of the processes in the box, and of the VM on its host. */
export const ResourceLimits = z.strictObject({
  pidsLimit: field(
    perhaps(-1, 4_194_304),
    flag("Resources", "--pids-limit <number>", "limit the number of processes in the box; -1 for unlimited", {
      as: "whole",
      also: ["update"],
    }),
  ),
  cpusetCpus: field(
    z._default(z.nullable(z.string()), null),
    flag("Resources", "--cpuset-cpus <list>", "CPUs in which to allow execution, such as 0,2-3", {
      as: "cpuset",
      also: ["update"],
    }),
  ),
  ulimits: field(
    strings(),
    flag("Resources", "--ulimit <name=soft[:hard]>", "set a ulimit, such as nofile=1024", {
      offers: "ulimits",
    }),
  ),
  cpuShares: field(
    perhaps(2, 262_144),
    flag("Resources", "-c, --cpu-shares <number>", "CPU shares, from 2 to 262144 (relative weight)", {
      as: "whole",
      zero: null,
      also: ["update"],
    }),
  ),
  cpuQuota: field(
    perhaps(-1, 1_000_000_000),
    "CPU time per period, in microseconds; -1: unlimited.",
    flag("Resources", "--cpu-quota <microseconds>", "limit the CPU time per period; -1 for unlimited", {
      as: "whole",
      also: ["update"],
    }),
  ),
  cpuPeriod: field(
    wholeOr(100_000, 1000, 1_000_000),
    "Length of a CPU quota period, in microseconds.",
    flag("Resources", "--cpu-period <microseconds>", "length of a CPU quota period (default: 100000)", {
      as: "whole",
      zero: 100_000,
      also: ["update"],
    }),
  ),
  memoryReservation: field(
    z._default(z.nullable(byteCount(0)), null),
    "Memory soft limit, in bytes.",
    flag("Resources", "--memory-reservation <size>", "memory soft limit", {
      as: "bytes",
      zero: null,
      also: ["update"],
    }),
  ),
  memorySwap: field(
    z._default(z.nullable(byteCount(-1)), null),
    "Swap limit equal to memory plus swap, in bytes; -1: unlimited swap.",
    flag("Resources", "--memory-swap <size>", "swap limit equal to memory plus swap; -1 for unlimited swap", {
      as: "bytes or -1",
      zero: null,
      also: ["update"],
    }),
  ),
});
