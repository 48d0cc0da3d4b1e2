import { MOST_SESSIONS } from "./sessions.js";
import type { Session, SessionEvents } from "./session.js";

/** Why a box cannot run another program now. */
export const STARTING = "the box is still starting";
export const NOT_RUNNING = "the box is not running";
export const ENDED = `${NOT_RUNNING}: its program has ended`;
export const NO_SIDECAR = "the box has no sidecar";
/** Docker's words. */
export const restarting = (name: string) =>
  `Container ${name} is restarting, wait until the container is running`;
export const FULL = `too many programs are already running in the box: the limit is ${MOST_SESSIONS}, including its own`;
export const BUSY = "too many programs are being started in the box at the same time";

/** Refuses to open a session. */
export function notReady(events: Pick<SessionEvents, "onFailure">, message: string): Session | undefined {
  events.onFailure({ code: "not-ready", message });
  return undefined;
}
