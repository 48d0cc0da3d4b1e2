import * as z from "zod/mini";
import { field, flag } from "./field.js";
import { PROGRAM_FLAGS } from "./program-flags.js";
import { boolean, strings, whole } from "./types.js";

const pairs = () => z._default(z.array(z.tuple([z.string(), z.string()])), []);
const text = () => z._default(z.nullable(z.string()), null);
const seconds = () => z._default(z.nullable(z.number().check(z.minimum(0))), null);

const Health = z.strictObject({
  cmd: field(
    z._default(z.nullable(z.array(z.string())), null),
    "CMD or CMD-SHELL, and what to run; null: the image's check; an empty list: none.",
    flag(
      "Health",
      "--health-cmd <command>",
      "line for the box's shell that tells whether it is well (the image's)",
      { as: "shell" },
    ),
    flag("Health", "--no-healthcheck", "do not use the image's health check", { value: [] }),
  ),
  intervalSecs: field(
    seconds(),
    "Seconds between checks; null: the image's, or 30.",
    flag("Health", "--health-interval <time>", "time between checks (30s)", { as: "duration" }),
  ),
  timeoutSecs: field(
    seconds(),
    "Seconds that a check may take; null: the image's, or 30.",
    flag("Health", "--health-timeout <time>", "how long a check may take (30s)", { as: "duration" }),
  ),
  startPeriodSecs: field(
    seconds(),
    "Seconds to start, in which failures do not count; null: the image's, or 0.",
    flag("Health", "--health-start-period <time>", "time to start, in which failures do not count", {
      as: "duration",
    }),
  ),
  retries: field(
    z._default(z.nullable(whole(0, 1_000_000)), null),
    "Failures in a row that make a box unhealthy; null: the image's, or 3.",
    flag("Health", "--health-retries <number>", "failures in a row that make a box unhealthy (3)", {
      as: "whole",
    }),
  ),
});

/**
 * What the user says of a box besides its configuration: kept in the box's record. Strings in Docker's notation stay
 * strings here; `spec.ts` makes values of them.
 */
export const BoxOptions = z.strictObject({
  autoRemove: field(boolean(), flag("Box", "--rm", "remove the box when it ends")),
  stdin: field(boolean(), PROGRAM_FLAGS.stdin),
  stdinOnce: field(
    boolean(true),
    "Standard input ends with the command that feeds it; false for `box run -d`.",
  ),
  tty: field(boolean(), PROGRAM_FLAGS.tty),
  publishAll: field(
    boolean(),
    flag(
      "Network",
      "-P, --publish-all",
      "publish every port that the image exposes, at ports of box's choice",
    ),
  ),
  labels: field(
    z._default(z.record(z.string(), z.string()), {}),
    "Labels, by name.",
    flag("Box", "-l, --label <name=value>", "attach a label", { as: "label" }),
    flag("Box", "--label-file <file>", "attach labels from a file of NAME=VALUE lines", {
      as: "label-file",
      offers: "files",
    }),
  ),
  user: field(text(), "USER[:GROUP], names or numbers; null: the image's.", PROGRAM_FLAGS.user),
  groupAdd: field(
    strings(),
    "More groups of the user, names or numbers.",
    flag("Process", "--group-add <group>", "another group of the user"),
  ),
  workdir: field(text(), "Working folder in the box; null: the image's.", PROGRAM_FLAGS.workdir),
  hostname: field(
    text(),
    "Host name; null: from the box's id.",
    flag("Process", "-h, --hostname <name>", "host name of the box (from its id)"),
  ),
  addHost: field(
    strings(),
    "NAME:ADDRESS, lines of /etc/hosts; host-gateway is this host.",
    flag("Network", "--add-host <name:address>", "a line of /etc/hosts; host-gateway is this host"),
  ),
  init: field(boolean(), flag("Process", "--init", "run a small init that reaps processes as process 1")),
  devices: field(
    strings(),
    "PATH[:PATH_IN_BOX[:rwm]], devices of the VM.",
    flag("Security", "--device <path[:path[:rwm]]>", "a device of the VM", { offers: "files" }),
  ),
  shmBytes: field(
    z._default(z.nullable(z.int().check(z.minimum(1))), null),
    "Bytes of /dev/shm; null: 64 MiB.",
    flag("Storage", "--shm-size <size>", "size of /dev/shm (64m)", { as: "bytes" }),
  ),
  sysctls: field(
    pairs(),
    "Settings of the guest's kernel, pairs of name and value.",
    flag("Security", "--sysctl <name=value>", "a setting of the guest's kernel", { as: "sysctl" }),
  ),
  stopSignal: field(
    text(),
    "Signal that asks the program to end, name or number; null: the image's.",
    flag("Process", "--stop-signal <signal>", "signal that asks the program to end (the image's)"),
  ),
  stopTimeoutSecs: field(
    z._default(z.nullable(whole(-1, 2_147_483)), null),
    "Seconds that it may take to end before it is killed; -1: for ever; null: 10.",
    flag("Process", "--stop-timeout <seconds>", "how long it may take to end; -1: for ever", { as: "whole" }),
  ),
  restart: field(
    z._default(z.string(), "no"),
    "no, on-failure[:TIMES], always or unless-stopped.",
    flag(
      "Box",
      "--restart <policy>",
      "when to start it again: no, on-failure[:TIMES], always or unless-stopped",
      { as: "restart", also: ["update"], offers: ["no", "on-failure", "always", "unless-stopped"] },
    ),
  ),
  health: field(z.prefault(Health, {}), "How the box's health is checked."),
  logOpt: field(
    pairs(),
    "Pairs of name and value: max-size and max-file.",
    flag(
      "Box",
      "--log-opt <name=value>",
      "max-size=SIZE: when the log is put aside (20m; -1: never); max-file=NUMBER: how many files are kept (5)",
      { as: "log-opt" },
    ),
  ),
});
export type BoxOptions = z.infer<typeof BoxOptions>;
