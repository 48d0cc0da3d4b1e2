import type { BoxState } from "./record.js";

/** Who ends a box for a restart has, within this time, started it again. */
const RELAUNCH_MS = 60_000;

/**
 * Whether a box has ended and will soon be running again: its restart policy wants it, or `box restart`, and nothing has
 * gone wrong.
 */
export function isRestarting({ status, startsAgain, finishedAt = "", backoffMs = 0 }: BoxState): boolean {
  const awaited = status === "restarting" || (status === "exited" && startsAgain === true);
  return awaited && Date.now() - Date.parse(finishedAt) < backoffMs + RELAUNCH_MS;
}
