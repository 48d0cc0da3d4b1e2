import { readFileSync } from "node:fs";
import { boxFiles } from "../box/files.js";
import type { LaunchRequest } from "../protocol/control/launch-request.js";

let fromBuild: Buffer | undefined;

/** Returns the default filter, which the build has compiled. An idle VM's monitor reads it before there is a box. */
export function defaultFilter(): Buffer {
  fromBuild ??= readFileSync(new URL("native/seccomp-default.bpf", import.meta.url));
  return fromBuild;
}

/** Returns the seccomp filter for the box's programs. */
export function filterFor({ folder, record }: LaunchRequest): Buffer | null {
  if (record.seccomp === "none") return null;
  return record.seccomp === "own" ? readFileSync(boxFiles(folder).seccomp) : defaultFilter();
}
