import { readFileSync } from "node:fs";
import { errnoOf } from "../errors.js";
import { isZombie } from "./owner.js";

/** Whether a process with this PID is running, of any user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
  try {
    return !isZombie(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    // It has just ended, or /proc hides it.
    return errnoOf(error) !== "ENOENT";
  }
}
