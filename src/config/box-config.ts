// zod/mini instead of zod, which would add some 20 ms to every start.
import * as z from "zod/mini";
import { Cache } from "./cache.js";
import { field, flag } from "./field.js";
import { PROGRAM_FLAGS } from "./program-flags.js";
import { ResourceLimits, Resources } from "./resources.js";
import { Pool } from "./pool.js";
import { boolean, strings, wholeOr } from "./types.js";

const Tee = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({
      kind: z.literal("sev_snp"),
      workloadId: z.string(),
      generation: z.enum(["milan", "genoa"]),
      simulate: boolean(),
    }),
    z.strictObject({ kind: z.literal("tdx"), workloadId: z.string(), simulate: boolean() }),
  ],
  "is not one of none, sev_snp, tdx",
);

const Sidecar = z.strictObject({
  image: field(
    z.string().check(z.minLength(1)),
    flag("VM", "--sidecar <image>", "run another image in the same VM, before the box's program", {
      offers: "images",
    }),
  ),
  vsockPort: field(
    wholeOr(4092, 1, 65_535),
    flag("VM", "--sidecar-port <port>", "port that the sidecar serves (default: 4092)", { as: "whole" }),
  ),
  env: field(
    z._default(z.array(z.tuple([z.string(), z.nullable(z.string())])), []),
    flag("VM", "--sidecar-env <name=value>", "set environment variables of the sidecar", { as: "variable" }),
  ),
});

/** Mount point of `workspace`. */
export const WORKSPACE = "/workspace";

/**
 * A box's configuration: the single validated object between the command line and everything else.
 * Strings in Docker's notation stay strings here; `spec.ts` parses them.
 */
export const BoxConfig = z.strictObject({
  image: field(z.string().check(z.minLength(1)), "Image reference, such as nginx:alpine."),
  /** Absolute host path, mounted at /workspace; empty: no workspace. */
  workspace: field(
    z._default(z.string(), ""),
    "Absolute path of the host directory to mount at /workspace; empty: none.",
    flag("Storage", "--workspace <dir>", "mount a directory of this host at /workspace", {
      as: "workspace",
      offers: "files",
    }),
  ),
  resources: field(
    z.prefault(Resources, {}),
    "CPUs and memory of the VM, size of the writable layer, and seconds until the box is stopped (0: never).",
  ),
  logLevel: field(
    z._default(z.enum(["debug", "info", "warn", "error"]), "info"),
    "Level of box's own logs.",
    flag("VM", "--log-level <level>", "set the logging level (default: info)", { as: "choice" }),
  ),
  debugGrpc: field(
    boolean(),
    "Trace all frames between host and guest agent in the log of the monitor.",
    flag("VM", "--debug-grpc", "trace all frames between host and guest in the log of the monitor"),
  ),
  tee: field(
    z._default(Tee, { kind: "none" }),
    "Confidential VM. Not available yet.",
    flag("Security", "--tee <kind[,name=value...]>", "run a confidential VM (not available yet)", {
      as: "tee",
    }),
  ),
  cmd: field(strings(), "Overwrites the command of the image."),
  entrypointOverride: field(
    z._default(z.nullable(z.array(z.string())), null),
    "Overwrites the entrypoint of the image and drops its command; an empty list clears both.",
    flag(
      "Process",
      "--entrypoint <command>",
      "overwrite the default ENTRYPOINT of the image; empty clears it",
      {
        as: "word",
      },
    ),
  ),
  volumes: field(
    strings(),
    "SOURCE:TARGET[:OPTION,...] or type=...,source=...,target=...; SOURCE is a host path or a volume's name.",
    flag(
      "Storage",
      "-v, --volume <source:path[:options]>",
      "bind mount a directory or file of this host, or a volume; ro for read-only",
      { as: "volume", offers: "volumes" },
    ),
    flag(
      "Storage",
      "--mount <mount>",
      "attach a filesystem mount: type=bind|volume|tmpfs,source=SRC,target=PATH",
      { as: "mount", offers: ["type=bind,", "type=volume,", "type=tmpfs,"] },
    ),
  ),
  extraEnv: field(
    z._default(z.array(z.tuple([z.string(), z.nullable(z.string())])), []),
    "Pairs of name and value; null removes a variable of the image; the last value of a name wins.",
    PROGRAM_FLAGS.env,
    PROGRAM_FLAGS.envFile,
  ),
  cache: field(
    z.prefault(Cache, {}),
    "Image store: whether to use it, where it is, and how many unused images it keeps.",
  ),
  pool: field(
    z.prefault(Pool, {}),
    "Whether to take the VM from a pool of booted ones, and which; the numbers are those of `box pool start`.",
    flag("VM", "--pool [name]", "use a booted VM of a pool (with =NAME; default: the pool `default`)", {
      as: "pool",
      value: { "pool.enabled": true },
      offers: "pools",
    }),
  ),
  portMap: field(
    strings(),
    "[ADDRESS:][HOST_PORT:]BOX_PORT[/tcp|/udp], with ranges.",
    flag("Network", "-p, --publish <[ip:][host:]box>", "publish a port of the box to this host"),
  ),
  /** Addresses of servers; also `search DOMAIN` and `options OPTION`, as in resolv.conf(5). */
  dns: field(
    strings(),
    "Addresses of servers, `search DOMAIN` and `options OPTION`; empty: from the host.",
    flag("Network", "--dns <address>", "set custom DNS servers (default: from this host)", { as: "dns" }),
    flag("Network", "--dns-search <domain>", "set custom DNS search domains; . for none", {
      as: "dns-search",
    }),
    flag("Network", "--dns-option <option>", "set DNS options, as in resolv.conf(5)", {
      as: "dns-option",
      alias: "--dns-opt",
    }),
  ),
  network: field(
    z._default(
      z
        .string()
        .check(
          z.regex(
            /^(bridge:)?[a-zA-Z0-9][a-zA-Z0-9_.-]*$/,
            "is not one of tsi, bridge, none, the name of a network, bridge:NAME",
          ),
        ),
      "tsi",
    ),
    "tsi, bridge, none, or a network that boxes share: the name of one that has been created, or bridge:NAME.",
    flag(
      "Network",
      "--network <network>",
      "connect the box to a network, or use tsi, bridge or none (default: tsi)",
      { as: "network", alias: "--net", offers: "networks" },
    ),
  ),
  tmpfs: field(
    strings(),
    "PATH[:OPTION,...], such as /run:size=64m,mode=1777.",
    flag("Storage", "--tmpfs <path[:options]>", "mount a tmpfs directory, such as /run:size=64m,mode=1777"),
  ),
  resourceLimits: field(
    z.prefault(ResourceLimits, {}),
    "Limits of the processes in the box, and of the VM on its host.",
  ),
  capAdd: field(
    strings(),
    "Capabilities to add to Docker's default set, or ALL.",
    flag("Security", "--cap-add <capability>", "add a Linux capability, or ALL", {
      offers: "capabilities",
    }),
  ),
  capDrop: field(
    strings(),
    "Capabilities to drop from the set, or ALL.",
    flag("Security", "--cap-drop <capability>", "drop a Linux capability, or ALL", {
      offers: "capabilities",
    }),
  ),
  securityOpt: field(
    strings(),
    "seccomp=PROFILE or unconfined, no-new-privileges[=true|false], systempaths=unconfined.",
    flag(
      "Security",
      "--security-opt <option>",
      "security options: seccomp=FILE, seccomp=unconfined, no-new-privileges or systempaths=unconfined",
      {
        offers: ["no-new-privileges", "seccomp=unconfined", "seccomp=", "systempaths=unconfined"],
      },
    ),
  ),
  privileged: field(
    boolean(),
    "All capabilities, no seccomp filter, no masked paths, all devices of the VM.",
    flag(
      "Security",
      "--privileged",
      "give extended privileges: all capabilities, no seccomp filter, all devices of the VM",
    ),
  ),
  readOnly: field(
    boolean(),
    "Mount the root filesystem read-only; volumes and tmpfs stay writable.",
    flag("Security", "--read-only", "mount the root filesystem as read only"),
  ),
  sidecar: field(
    z._default(z.nullable(Sidecar), null),
    "Another image in the same VM, whose program starts first.",
  ),
  persistent: field(
    boolean(),
    "Keep the writable layer across stop and start; otherwise every start begins with the image. On the command line, the default is true without --rm.",
    flag("Storage", "--persistent", "keep the writable layer between starts (default: unless --rm is given)"),
    flag("Storage", "--no-persistent", "begin every start with the image's files", { value: false }),
  ),
});
export type BoxConfig = z.infer<typeof BoxConfig>;
