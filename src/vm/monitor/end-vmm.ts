import { SIGKILL } from "../../host/signals.js";
import { log } from "./log.js";

/** The VMM is this process's child, so its number cannot have become somebody else's. */
export function endVmm(pid: number): void {
  try {
    process.kill(pid, SIGKILL);
  } catch (error) {
    log("warn", `cannot end the VMM: ${String(error)}`);
  }
}
