import type { BoxError } from "../../errors.js";
import { isDockerMode } from "../words/docker-mode.js";

/** Codes of errors that Docker's daemon reports, rather than its client. */
const OF_DAEMON: ReadonlySet<string> = new Set([
  // Names that match nothing or several things, and things in use.
  ...["ambiguous-id", "ambiguous-image", "no-such-box", "no-such-image", "no-such-volume"],
  ...["image-in-use", "name-in-use", "port-in-use", "volume-in-use"],
  // Boxes in the wrong state.
  ...["box-running", "not-running", "paused"],
  // Refused values.
  ...[
    "duplicate-mount",
    "invalid-capability",
    "invalid-cpus",
    "invalid-filter",
    "invalid-limit",
    "invalid-log-driver",
  ],
  ...["invalid-log-opt", "invalid-name", "invalid-restart", "invalid-signal", "invalid-tmpfs"],
  ...["invalid-volume", "invalid-volume-name", "invalid-workdir", "no-command"],
  // Refused by a registry.
  ...["access-denied", "login-refused", "image-not-found", "registry-failed", "registry-unreachable"],
]);

/** Who reports an error: in Docker mode, scripts may look for the words of Docker's daemon. */
export function speakerOf(error: BoxError, env: Readonly<NodeJS.ProcessEnv>): "box" | "daemon" {
  return isDockerMode(env) && OF_DAEMON.has(error.code) ? "daemon" : "box";
}
