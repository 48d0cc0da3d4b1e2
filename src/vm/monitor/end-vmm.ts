import { SIGKILL } from "../../host/signals.js";
import { log } from "./log.js";

/** Kills the VMM. It is a child of this process, so its PID cannot have been reused. */
export function endVmm(pid: number): void {
  try {
    process.kill(pid, SIGKILL);
  } catch (error) {
    log("warn", `cannot kill the VMM: ${String(error)}`);
  }
}
