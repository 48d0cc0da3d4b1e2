import type { Ulimit } from "../../../config/syntax/ulimit.js";

/** Numbers of setrlimit(2) on x86-64. */
const RESOURCES: Record<Ulimit["name"], number> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

/** -1, or a number that JSON keeps. setrlimit(2) has no sign: limits below -1 are close to 2^64. */
function toNumber(limit: bigint): number {
  return limit < -1n ? Number.MAX_SAFE_INTEGER : Math.min(Number(limit), Number.MAX_SAFE_INTEGER);
}

/** Returns the resource limits of a box's programs. */
export function resolveLimits(ulimits: Ulimit[]): { resource: number; soft: number; hard: number }[] {
  return ulimits.map(({ name, soft, hard }) => ({
    resource: RESOURCES[name],
    soft: toNumber(soft),
    hard: toNumber(hard),
  }));
}

/** 0 and -1 mean no limit, as in Docker. */
export function resolvePidsLimit(limit: number | null): number | null {
  return limit !== null && limit > 0 ? limit : null;
}

/** Period of the CPU limit in the guest's kernel, in microseconds. */
const GUEST_PERIOD = 100_000;

/** Returns the CPU time in a period for a number of CPUs, in microseconds; undefined if it is all of the VM's. */
export function resolveCpuLimit(cpus: number | null, vcpus: number): number | undefined {
  return cpus === null || cpus >= vcpus ? undefined : Math.round(cpus * GUEST_PERIOD);
}
