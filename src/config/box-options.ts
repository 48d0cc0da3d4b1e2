import * as z from "zod/mini";
import { field, flag } from "./field.js";
import { PROGRAM_FLAGS } from "./program-flags.js";
import { boolean, byteCount, strings, whole } from "./types.js";

const pairs = () => z._default(z.array(z.tuple([z.string(), z.string()])), []);
const text = () => z._default(z.nullable(z.string()), null);
const seconds = () => z._default(z.nullable(z.number().check(z.minimum(0))), null);

const Health = z.strictObject({
  cmd: field(
    z._default(z.nullable(z.array(z.string())), null),
    "CMD or CMD-SHELL, and the command to run; null: the check of the image; an empty list: none.",
    flag("Health", "--health-cmd <command>", "command to run to check health (default: from the image)", {
      as: "shell",
    }),
    flag("Health", "--no-healthcheck", "disable any HEALTHCHECK of the image", { value: [] }),
  ),
  intervalSecs: field(
    seconds(),
    "Seconds between checks; null: from the image, or 30.",
    flag("Health", "--health-interval <time>", "time between running the check (default: 30s)", {
      as: "duration",
    }),
  ),
  timeoutSecs: field(
    seconds(),
    "Seconds after which a check fails; null: from the image, or 30.",
    flag("Health", "--health-timeout <time>", "maximum time to allow one check to run (default: 30s)", {
      as: "duration",
    }),
  ),
  startPeriodSecs: field(
    seconds(),
    "Seconds to start, in which failures do not count; null: from the image, or 0.",
    flag(
      "Health",
      "--health-start-period <time>",
      "start period in which failures do not count (default: 0s)",
      {
        as: "duration",
      },
    ),
  ),
  retries: field(
    z._default(z.nullable(whole(0, 1_000_000)), null),
    "Consecutive failures after which the box is unhealthy; null: from the image, or 3.",
    flag(
      "Health",
      "--health-retries <number>",
      "consecutive failures needed to report unhealthy (default: 3)",
      {
        as: "whole",
      },
    ),
  ),
});

/**
 * Options of a box besides its configuration, kept in its record. Strings in Docker's notation stay strings here;
 * `spec.ts` parses them.
 */
export const BoxOptions = z.strictObject({
  autoRemove: field(
    boolean(),
    flag("Box", "--rm", "automatically remove the box and its anonymous volumes when it exits"),
    // Also `--rm=false` for a pool that was started with it before.
    flag("Box", "--no-rm", "for all boxes", { value: false, only: "pool start", hidden: true }),
  ),
  stdin: field(boolean(), PROGRAM_FLAGS.stdin),
  stdinOnce: field(boolean(true), "Close stdin when the first client detaches; false for `box run -d`."),
  tty: field(boolean(), PROGRAM_FLAGS.tty),
  publishAll: field(
    boolean(),
    flag("Network", "-P, --publish-all", "publish all exposed ports to free ports of this host"),
  ),
  expose: field(
    strings(),
    "PORT[-PORT][/tcp|/udp], ports that publishAll publishes besides those of the image.",
    flag("Network", "--expose <port[/protocol]>", "expose a port or a range of ports"),
  ),
  labels: field(
    z._default(z.record(z.string(), z.string()), {}),
    "Labels, by name.",
    flag("Box", "-l, --label <name=value>", "set metadata on the box", { as: "label" }),
    flag("Box", "--label-file <file>", "read in a line-delimited file of labels", {
      as: "label-file",
      offers: "files",
    }),
  ),
  user: field(text(), "USER[:GROUP], names or numbers; null: from the image.", PROGRAM_FLAGS.user),
  groupAdd: field(
    strings(),
    "Additional groups of the user, names or numbers.",
    flag("Process", "--group-add <group>", "add additional groups to join"),
  ),
  volumesFrom: field(
    strings(),
    "BOX[:ro], boxes whose volumes this one gets too.",
    flag("Storage", "--volumes-from <box[:ro]>", "mount the volumes of another box"),
  ),
  workdir: field(text(), "Working directory in the box; null: from the image.", PROGRAM_FLAGS.workdir),
  hostname: field(
    text(),
    "Host name; null: from the ID of the box.",
    flag("Process", "-h, --hostname <name>", "host name of the box (default: from its ID)"),
  ),
  domainname: field(
    text(),
    "Domain name, which follows the host name in /etc/hosts; null: none.",
    flag("Process", "--domainname <name>", "domain name of the box"),
  ),
  addHost: field(
    strings(),
    "NAME:ADDRESS, entries of /etc/hosts; the address host-gateway is this host.",
    flag("Network", "--add-host <name:address>", "add a host-to-IP mapping; host-gateway is this host"),
  ),
  networks: field(
    strings(),
    "Further networks: NAME, bridge:NAME, or name=NAME[,alias=ALIAS][,ip=ADDRESS]; on the command line, the second and later --network.",
  ),
  networkAlias: field(
    strings(),
    "Additional names of the box on its first network.",
    flag("Network", "--network-alias <name>", "add a network-scoped alias for the box", {
      alias: "--net-alias",
    }),
  ),
  ip: field(
    text(),
    "IPv4 address of the box on its first network; null: any.",
    flag("Network", "--ip <address>", "address on the network, such as 10.77.0.9 (default: any)"),
  ),
  link: field(
    strings(),
    "BOX[:ALIAS], other boxes on the first network and how this box knows them.",
    flag("Network", "--link <box[:alias]>", "add a name for another box on the network"),
  ),
  sidecarProxy: field(
    z._default(z.enum(["none", "http", "transparent"]), "none"),
    "Whether the sidecar is the box's proxy. http: by variables of its programs; transparent: all TCP connections are redirected.",
    flag("VM", "--sidecar-proxy <way>", "use the sidecar as a proxy: http, by variables, or transparent", {
      as: "choice",
    }),
  ),
  init: field(
    boolean(),
    flag("Process", "--init", "run an init inside the box that forwards signals and reaps processes"),
  ),
  devices: field(
    strings(),
    "PATH[:PATH_IN_BOX[:rwm]], devices of the VM.",
    flag("Security", "--device <path[:path[:rwm]]>", "add a device of the VM", { offers: "files" }),
  ),
  shmBytes: field(
    z._default(z.nullable(byteCount(1)), null),
    "Bytes of /dev/shm; null: 64 MiB.",
    flag("Storage", "--shm-size <size>", "size of /dev/shm (default: 64m)", { as: "bytes" }),
  ),
  sysctls: field(
    pairs(),
    "Kernel parameters of the box, pairs of name and value.",
    flag("Security", "--sysctl <name=value>", "set a kernel parameter", { as: "sysctl" }),
  ),
  oomScoreAdj: field(
    z._default(whole(-1000, 1000), 0),
    "Preference of the box's kernel to kill its programs when memory runs out.",
    flag("Process", "--oom-score-adj <number>", "tune the OOM preferences of the box, from -1000 to 1000", {
      as: "whole",
    }),
  ),
  cpus: field(
    z._default(z.nullable(z.number().check(z.minimum(0.01), z.maximum(255))), null),
    "CPU time for the programs of the box, in CPUs; null: that of resources.vcpus.",
  ),
  stopSignal: field(
    text(),
    "Signal to stop the box, a name or a number; null: from the image.",
    flag("Process", "--stop-signal <signal>", "signal to stop the box (default: from the image)"),
  ),
  stopTimeoutSecs: field(
    z._default(z.nullable(whole(-1, 2_147_483)), null),
    "Seconds to wait for the box to stop before killing it; -1: forever; null: 10.",
    flag(
      "Process",
      "--stop-timeout <seconds>",
      "seconds to wait before killing the box; -1 waits forever (default: 10)",
      { as: "whole" },
    ),
  ),
  restart: field(
    z._default(z.string(), "no"),
    "no, on-failure[:TIMES], always or unless-stopped.",
    flag(
      "Box",
      "--restart <policy>",
      "restart policy when the box exits: no, on-failure[:TIMES], always or unless-stopped (default: no)",
      { as: "restart", also: ["update"], offers: ["no", "on-failure", "always", "unless-stopped"] },
    ),
  ),
  health: field(z.prefault(Health, {}), "Health check."),
  logDriver: field(
    z._default(z.enum(["json-file", "local", "none"]), "json-file"),
    "none: keep no output; the others are Docker's names for the log of box.",
    flag("Box", "--log-driver <driver>", "logging driver: json-file, local or none (default: json-file)", {
      as: "log-driver",
    }),
  ),
  logOpt: field(
    pairs(),
    "Pairs of name and value: max-size and max-file.",
    flag(
      "Box",
      "--log-opt <name=value>",
      "log options: max-size=SIZE, -1 for no limit, and max-file=NUMBER (default: 20m and 5)",
      { as: "log-opt" },
    ),
  ),
});
export type BoxOptions = z.infer<typeof BoxOptions>;
