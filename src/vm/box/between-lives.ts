import type { BoxState } from "./record.js";

/** A monitor that ends for a restart has, within this time, been followed by the next one. */
const RELAUNCH_MS = 60_000;

/** Whether a box has ended and will soon be running again: its restart policy wants it, and nothing has gone wrong. */
export function isBetweenLives({ status, finishedAt = "", backoffMs = 0 }: BoxState): boolean {
  return status === "restarting" && Date.now() - Date.parse(finishedAt) < backoffMs + RELAUNCH_MS;
}
