import * as z from "zod/mini";
import { field, flag } from "./field.js";
import { perhaps, strings, wholeOr } from "./types.js";

/** What the VM has. */
export const Resources = z.strictObject({
  vcpus: field(
    wholeOr(2, 1, 255),
    flag("Resources", "--cpus <number>", "virtual CPUs (2)", { as: "cpus", also: ["update"] }),
  ),
  memoryMb: field(
    wholeOr(1024, 64, 1_048_576),
    "Memory of the VM, in MiB.",
    flag("Resources", "-m, --memory <size>", "memory of the VM (1g)", { as: "megabytes", also: ["update"] }),
  ),
  diskMb: field(
    wholeOr(4096, 64, 16_777_216),
    "Size of the writable layer, in MiB.",
    flag("Resources", "--storage-opt <size=SIZE>", "size of the writable layer (4g)", { as: "storage" }),
  ),
  timeout: field(
    wholeOr(3600, 0, 2_147_483),
    "Seconds after which the box is stopped; 0: never, which the command line and the library ask for by themselves.",
    flag("Resources", "--timeout <time>", "stop the box after so many seconds, or 1h30m", { as: "timeout" }),
  ),
});

/** Limits of the processes in the box, and of the VM on its host. */
export const ResourceLimits = z.strictObject({
  pidsLimit: field(
    perhaps(-1, 4_194_304),
    flag("Resources", "--pids-limit <number>", "processes in the box; -1: no limit", {
      as: "whole",
      also: ["update"],
    }),
  ),
  cpusetCpus: field(
    z._default(z.nullable(z.string()), null),
    flag("Resources", "--cpuset-cpus <list>", "CPUs of this host that the VM may use, such as 0,2-3", {
      as: "cpuset",
      also: ["update"],
    }),
  ),
  ulimits: field(
    strings(),
    flag("Resources", "--ulimit <name=soft[:hard]>", "limit of every process, such as nofile=1024", {
      offers: "ulimits",
    }),
  ),
  cpuShares: field(
    perhaps(2, 262_144),
    flag("Resources", "--cpu-shares <number>", "weight of the VM among others, 2 to 262144", {
      as: "whole",
      zero: null,
      also: ["update"],
    }),
  ),
  cpuQuota: field(
    perhaps(-1, 1_000_000_000),
    "Microseconds on CPUs in a period; -1: no limit.",
    flag("Resources", "--cpu-quota <microseconds>", "time on CPUs in a period; -1: no limit", {
      as: "whole",
      also: ["update"],
    }),
  ),
  cpuPeriod: field(
    wholeOr(100_000, 1000, 1_000_000),
    "Microseconds of a period.",
    flag("Resources", "--cpu-period <microseconds>", "length of a period (100000)", {
      as: "whole",
      zero: 100_000,
      also: ["update"],
    }),
  ),
  memoryReservation: field(
    perhaps(0, Number.MAX_SAFE_INTEGER),
    "Bytes of memory that the host keeps for the box.",
    flag("Resources", "--memory-reservation <size>", "memory that the host keeps for the box", {
      as: "bytes",
      zero: null,
      also: ["update"],
    }),
  ),
  memorySwap: field(
    perhaps(-1, Number.MAX_SAFE_INTEGER),
    "Bytes of memory and swap together; -1: no limit.",
    flag("Resources", "--memory-swap <size>", "memory and swap together; -1: no limit", {
      as: "bytes or -1",
      zero: null,
      also: ["update"],
    }),
  ),
});
