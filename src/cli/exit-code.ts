import { EXIT_BOX, exitCodeOfStart } from "../config/exit-codes.js";
import { BoxError } from "../errors.js";

const EXIT_REFUSED = 1;
/** Docker's exit code for the template of an object, rather than of a list. */
const EXIT_TEMPLATE = 64;

/** Errors that refuse a request as invalid or impossible (exit code 1); all others exit with 125. */
const REFUSALS: ReadonlySet<string> = new Set([
  // Invalid arguments.
  ...[
    "invalid-filter",
    "invalid-time",
    "invalid-format",
    "invalid-registry",
    "invalid-volume-name",
    "invalid-name",
  ],
  ...["invalid-reference", "invalid-signal", "invalid-detach-keys", "invalid-restart"],
  // Names that match nothing, or several things.
  ...[
    "no-such-box",
    "no-such-image",
    "no-such-object",
    "no-such-path",
    "no-such-port",
    "no-log",
    "no-such-volume",
    "no-such-network",
    "no-such-pool",
  ],
  ...["ambiguous-id", "ambiguous-image", "platform-missing", "image-missing", "image-gone", "layer-gone"],
  // Objects in the wrong state, or in use.
  ...["box-running", "not-running", "not-while-running", "paused", "pool-running", "pool-not-running"],
  ...["image-in-use", "network-in-use", "volume-in-use", "name-in-use"],
  ...[
    "already-connected",
    "invalid-address",
    "network-exists",
    "network-predefined",
    "not-connected",
    "subnet-overlap",
  ],
  // Operations that failed midway.
  ...[
    "archive-failed",
    "copy-failed",
    "download-failed",
    "network-failed",
    "no-interface",
    "task-failed",
    "volume-not-removed",
  ],
  ...["image-damaged", "monitor-unreachable", "store-unreadable", "newer-version"],
  // Refused by a registry or by other software on this host.
  ...["access-denied", "image-not-found", "registry-failed", "registry-unreachable"],
  ...[
    "cure-failed",
    "login-refused",
    "credential-helper-failed",
    "docker-config-unwritable",
    "no-systemd",
    "not-a-terminal",
  ],
]);

/** Refused by Docker's daemon rather than its client when it creates a container. */
const REFUSALS_OF_CREATE = [
  ...[
    "cidfile",
    "duplicate-mount",
    "invalid-capability",
    "invalid-cpus",
    "invalid-log-driver",
    "invalid-log-opt",
    "invalid-platform",
    "invalid-tmpfs",
    "invalid-volume",
    "invalid-workdir",
  ],
  ...["invalid-limit", "no-command", "unsupported-platform", "unknown-security-opt"],
];

/** Exceptions for individual commands: `COMMAND CODE`. */
const BY_COMMAND: ReadonlyMap<string, number> = new Map([
  ...REFUSALS_OF_CREATE.map((code) => refused("create", code)),
  ...["cp", "stats", "top"].flatMap((command) => [refused(command, "failed"), refused(command, "not-ready")]),
  ...["export", "import", "load", "save"].map((command) => refused(command, "invalid-file")),
  ...["bad-layer", "invalid-change", "unsupported-compression"].map((code) => refused("import", code)),
  refused("load", "bad-archive"),
  ...["disk-full", "unsupported-compression"].map((code) => refused("cp", code)),
  ["exec no-user", 126],
  ["exec cwd", 126],
  refused("logs", "invalid-number"),
  refused("network", "flag-conflict"),
  refused("network", "invalid-network"),
  // Unlike other names, it is parsed before the command does anything.
  ["pool invalid-name", EXIT_BOX],
  ["pool invalid-reference", EXIT_BOX],
  refused("run", "not-a-terminal"),
  refused("volume", "flag-conflict"),
  refused("volume", "invalid-volume"),
]);

function refused(command: string, code: string): [string, number] {
  return [`${command} ${code}`, EXIT_REFUSED];
}

/** Returns the exit code of a command that failed with an error. */
export function exitCodeOf(error: unknown, command: string): number {
  if (!(error instanceof BoxError)) return EXIT_BOX;
  // Too many or too few arguments; Docker exits with 1 even if the command is `run`.
  if (error.code === "usage") return EXIT_REFUSED;
  if (error.code === "invalid-template") return EXIT_TEMPLATE;
  const code = exitCodeOfStart(error.code);
  if (code !== EXIT_BOX) return code;
  // With `run`, 1 could be the exit code of the program in the box.
  const refusal = command !== "run" && REFUSALS.has(error.code);
  return BY_COMMAND.get(`${command} ${error.code}`) ?? (refusal ? EXIT_REFUSED : EXIT_BOX);
}
