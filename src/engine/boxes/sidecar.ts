import { join } from "node:path";
import { BoxError } from "../../errors.js";
import type { Home } from "../../host/home.js";
import { runtimeFolder } from "../../host/runtime-folder.js";
import { sidecarSocket } from "../../vm/box/files.js";
import type { BoxRecord } from "../../vm/box/record.js";

/** @throws BoxError no-sidecar */
export function checkSidecar({ name, sidecar }: BoxRecord): void {
  if (sidecar) return;
  throw new BoxError("no-sidecar", `box ${name} has no sidecar`, { detail: { box: name } });
}

/** Path of the socket on this host that leads to the port of a sidecar. */
export function sidecarSocketOf(home: Home, { id }: BoxRecord): string {
  return join(runtimeFolder(home), sidecarSocket(id));
}
