import type { BoxState } from "./record.js";

/** A box that was stopped for a restart is started again within this time. */
const RELAUNCH_MS = 60_000;

/**
 * Whether a box has exited and is about to start again, because of its restart policy or `box restart`. False once this
 * takes so long that something must have gone wrong.
 */
export function isRestarting({ status, startsAgain, finishedAt = "", backoffMs = 0 }: BoxState): boolean {
  const awaited = status === "restarting" || (status === "exited" && startsAgain === true);
  return awaited && Date.now() - Date.parse(finishedAt) < backoffMs + RELAUNCH_MS;
}
