import type { BoxConfig } from "../../config/box-config.js";

type Pool = Pick<BoxConfig["pool"], "minIdle" | "maxSize" | "scaling">;

/** A request for a VM of the pool, and whether one was idle. */
export interface Demand {
  atMs: number;
  hit: boolean;
}

/** The state of the scaler, which starts with the configured number and no demand. */
export interface Scaler {
  /** The number of VMs to keep idle. */
  minIdle: number;
  /** When this number was last changed. */
  changedAtMs: number;
  /** The demand within the window, oldest first. */
  window: readonly Demand[];
}

/** The share of misses says nothing about fewer requests than this. */
const LEAST_DEMAND = 3;

export function newScaler({ minIdle }: Pool): Scaler {
  return { minIdle, changedAtMs: -Infinity, window: [] };
}

/** The largest number of idle VMs that the scaler may ask for. */
export function mostIdle({ minIdle, maxSize, scaling }: Pool): number {
  const most = scaling.maxMinIdle === 0 ? maxSize : Math.min(scaling.maxMinIdle, maxSize);
  return Math.max(minIdle, most);
}

/**
 * Adapts the number of idle VMs to the demand: one more if the share of misses in the window is above the upper
 * threshold, one fewer if it is below the lower one. There is a pause between changes, so that each can show its effect.
 * @param demand later than all earlier ones
 */
export function scale(pool: Pool, scaler: Scaler, demand: Demand): Scaler {
  const { enabled, scaleUpThreshold, scaleDownThreshold, cooldownSecs, windowSecs } = pool.scaling;
  const since = demand.atMs - windowSecs * 1000;
  const window = [...scaler.window.filter(({ atMs }) => atMs > since), demand];
  const unchanged = { ...scaler, window };
  const isCooling = demand.atMs - scaler.changedAtMs < cooldownSecs * 1000;
  if (!enabled || isCooling || window.length < LEAST_DEMAND) return unchanged;
  const missed = window.filter(({ hit }) => !hit).length / window.length;
  const step = missed > scaleUpThreshold ? 1 : missed < scaleDownThreshold ? -1 : 0;
  const minIdle = Math.min(Math.max(scaler.minIdle + step, pool.minIdle), mostIdle(pool));
  if (minIdle === scaler.minIdle) return unchanged;
  return { minIdle, changedAtMs: demand.atMs, window };
}
