import { EXIT_BOX, exitCodeOfStart } from "../config/exit-codes.js";
import { BoxError } from "../errors.js";
import { MAKERS } from "./makers.js";

const EXIT_REFUSED = 1;

/** Errors that refuse what was asked for, as things are; all others end a command with 125. */
const REFUSALS: ReadonlySet<string> = new Set([
  // The words of a command line.
  ...["usage", "invalid-filter", "invalid-format", "invalid-registry", "invalid-volume-name"],
  // What is named is not there, or several things are.
  ...["no-such-box", "no-such-image", "no-such-object", "no-such-path", "no-such-port", "no-such-volume"],
  ...["ambiguous-id", "ambiguous-image", "platform-missing", "image-missing", "image-gone", "layer-gone"],
  // It is in another state, or in use.
  ...["box-running", "not-running", "not-while-running", "paused", "image-in-use", "volume-in-use"],
  // It could not be done to the end.
  ...["archive-failed", "copy-failed", "download-failed", "task-failed", "volume-not-removed"],
  ...["image-damaged", "monitor-unreachable", "store-unreadable", "newer-version"],
  // What box works with on this host, or a registry, has said no.
  ...[
    "cure-failed",
    "login-refused",
    "credential-helper-failed",
    "docker-config-unwritable",
    "no-systemd",
    "not-a-terminal",
  ],
]);

/** Where a command differs: `COMMAND CODE`. */
const BY_COMMAND: ReadonlyMap<string, number> = new Map([
  ...["commit", "import", "push", "tag"].map((command) => refused(command, "invalid-reference")),
  ...["cp", "stats", "top"].flatMap((command) => [refused(command, "failed"), refused(command, "not-ready")]),
  ...["export", "save"].map((command) => refused(command, "invalid-file")),
  refused("cp", "disk-full"),
  refused("kill", "invalid-signal"),
  refused("login", "registry-failed"),
  refused("logs", "invalid-number"),
  ["exec not-a-terminal", EXIT_BOX],
  ["pull platform-missing", EXIT_BOX],
]);

function refused(command: string, code: string): [string, number] {
  return [`${command} ${code}`, EXIT_REFUSED];
}

/**
 * The exit code of a command that an error has ended.
 * @param command its name; undefined where there is none of that name
 */
export function exitCodeOf(error: unknown, command: string | undefined): number {
  if (!(error instanceof BoxError) || command === undefined) return EXIT_BOX;
  const code = exitCodeOfStart(error.code);
  // 1 could be the exit code of a program in a box.
  if (code !== EXIT_BOX || MAKERS.includes(command)) return code;
  return BY_COMMAND.get(`${command} ${error.code}`) ?? (REFUSALS.has(error.code) ? EXIT_REFUSED : EXIT_BOX);
}
