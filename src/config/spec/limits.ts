import { BoxError, naming } from "../../errors.js";
import type { BoxConfig } from "../box-config.js";
import { parseCpuset } from "../syntax/cpuset.js";
import { parseUlimit, type Ulimit } from "../syntax/ulimit.js";

type Limits = BoxConfig["resourceLimits"];

/** Limits of the processes in a box, and of its VM on this host. */
export interface LimitsSpec extends Omit<Limits, "ulimits" | "cpusetCpus"> {
  /** One per resource. */
  ulimits: Ulimit[];
  /** CPUs of this host, ascending; null: all that box is allowed to use. */
  cpusetCpus: number[] | null;
}

/** The last value for each name wins, as with Docker. */
function toUlimits(texts: readonly string[]): Ulimit[] {
  return [...new Map(texts.map(parseUlimit).map((limit) => [limit.name, limit])).values()];
}

/** @throws BoxError invalid-number, invalid-ulimit, invalid-cpuset */
export function toLimits(limits: Limits): LimitsSpec {
  const { pidsLimit, cpuQuota, cpusetCpus, ulimits } = limits;
  if (cpuQuota !== null && cpuQuota > 0 && cpuQuota < 1000)
    throw new BoxError("invalid-number", `"${cpuQuota}" is less than 1000 microseconds`, {
      subject: "resourceLimits.cpuQuota",
    });
  return {
    ...limits,
    // In Docker, 0 means unlimited.
    pidsLimit: pidsLimit === 0 ? -1 : pidsLimit,
    cpuQuota: cpuQuota === 0 ? null : cpuQuota,
    ulimits: naming("resourceLimits.ulimits", () => toUlimits(ulimits)),
    cpusetCpus: naming("resourceLimits.cpusetCpus", () =>
      cpusetCpus === null ? null : parseCpuset(cpusetCpus),
    ),
  };
}
