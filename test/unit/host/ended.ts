import { thisProcess } from "../../../src/host/owner.js";

/** The name that an unfinished file of this process would have if a process that has ended had left it. */
export function ofEndedProcess(path: string): string {
  return path.replace(thisProcess(), thisProcess().replace(/-\d+-/, "-1-"));
}
