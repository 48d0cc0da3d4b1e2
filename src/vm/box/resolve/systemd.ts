import { basename } from "node:path/posix";
import type { BoxRecord } from "../record.js";

/** The signal that halts systemd: SIGRTMIN+3, as a number of the C library. */
export const HALT = 37;

/** Links to systemd in most images. */
const LINKS = ["/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"];

/** Whether a workload is systemd, by podman's rule. */
export function isSystemd([program = ""]: string[]): boolean {
  return LINKS.includes(program) || basename(program) === "systemd";
}

const OPTIONS = "nosuid,nodev";
const RUN = [
  { path: "/run", options: `${OPTIONS},mode=0755` },
  { path: "/run/lock", options: `${OPTIONS},mode=1777` },
];

/** Returns the tmpfs mounts that systemd expects, except where the user mounts something else. */
export function systemdTmpfs(argv: string[], taken: string[]): BoxRecord["guest"]["tmpfs"] {
  return isSystemd(argv) ? RUN.filter(({ path }) => !taken.includes(path)) : [];
}
