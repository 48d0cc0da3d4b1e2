import { counted } from "../../config/syntax/counted.js";
import type { ListedPool, PoolStatus } from "../../engine/pools.js";
import type { Row } from "../format.js";

export const POOL_FIELDS = ["Name", "Image", "Status", "Idle", "Claimed"] as const;

/** A pool as a row of `box pool ls`. */
export function describePool({ name, image = "", status }: ListedPool): Row {
  return {
    Name: name,
    Image: image,
    Status: status ? "running" : "not running",
    Idle: status ? `${status.idle}` : "",
    Claimed: status ? `${status.claimed}` : "",
  };
}

const milliseconds = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

/** The lines of `box pool status`. */
export function describeStatus(status: PoolStatus): [label: string, value: string][] {
  const { acquireMs, refillMs, idleMb, lastMiss, lastFailure } = status;
  return [
    ["Name", status.name],
    ["Image", status.image],
    ["VM", `${status.driver}, ${counted(status.vcpus, "CPU")}, ${status.memoryMb} MiB`],
    ["Writable layer", `${status.diskMb} MiB`],
    ["Network", status.network],
    ["Boxes", status.autoRemove ? "removed when they end" : "all"],
    ["Idle", `${status.idle} of ${status.minIdle}, at most ${status.maxSize}`],
    ["Booting", `${status.booting}`],
    ["Claimed", `${status.claimed}`],
    ["Hits", `${status.hits}`],
    ["Misses", `${status.misses}${lastMiss === undefined ? "" : `, the last one because ${lastMiss}`}`],
    ["Acquire", acquireMs ? `p50 ${milliseconds(acquireMs.p50)}, p95 ${milliseconds(acquireMs.p95)}` : "-"],
    ["Refill", refillMs === undefined ? "-" : milliseconds(refillMs)],
    ["Memory", idleMb === undefined ? "-" : `${Math.round(idleMb)} MiB per idle VM`],
    ...(lastFailure === undefined ? [] : [["Failure", lastFailure] satisfies [string, string]]),
  ];
}
