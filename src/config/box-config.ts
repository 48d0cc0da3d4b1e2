// zod/mini keeps `box run` quick: all of zod would cost some 20 ms at every start.
import * as z from "zod/mini";
import { Cache } from "./cache.js";
import { field, flag } from "./field.js";
import { PROGRAM_FLAGS } from "./program-flags.js";
import { ResourceLimits, Resources } from "./resources.js";
import { boolean, share, strings, wholeOr } from "./types.js";

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
  "is none of none, sev_snp, tdx",
);

const Scaling = z.strictObject({
  enabled: boolean(),
  scaleUpThreshold: share(0.3),
  scaleDownThreshold: share(0.05),
  maxMinIdle: wholeOr(0, 0, 1000),
  cooldownSecs: wholeOr(60, 0, 86_400),
  windowSecs: wholeOr(120, 1, 86_400),
});

const Pool = z.strictObject({
  enabled: field(boolean(), flag("VM", "--pool", "take a VM that is booted already (not available yet)")),
  minIdle: wholeOr(1, 0, 1000),
  maxSize: wholeOr(5, 1, 1000),
  idleTtlSecs: wholeOr(300, 0, 86_400),
  scaling: z.prefault(Scaling, {}),
});

const Sidecar = z.strictObject({
  image: field(
    z.string().check(z.minLength(1)),
    flag("VM", "--sidecar <image>", "another image's process in the same VM (not available yet)", {
      offers: "images",
    }),
  ),
  vsockPort: wholeOr(4092, 1, 4_294_967_294),
  env: field(
    z._default(z.array(z.tuple([z.string(), z.string()])), []),
    flag("VM", "--sidecar-env <NAME=VALUE>", "a variable of the sidecar", { as: "variable" }),
  ),
});

/** Where `workspace` is mounted. */
export const WORKSPACE = "/workspace";

/**
 * What a box is: the one validated object between the command line and everything else.
 * Strings in Docker's notation stay strings here; `spec.ts` makes values of them.
 */
export const BoxConfig = z.strictObject({
  image: field(z.string().check(z.minLength(1)), "Image reference, such as nginx:alpine."),
  /** Absolute host path, mounted at /workspace; empty: none was asked for. */
  workspace: field(
    z._default(z.string(), ""),
    "Absolute host folder that is /workspace in the box; empty: a folder of the box's own.",
    flag("Storage", "--workspace <folder>", "folder of this host that is /workspace in the box", {
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
    "Of box's own logs.",
    flag("VM", "--log-level <level>", "of box's own logs (info)", { as: "choice" }),
  ),
  debugGrpc: field(
    boolean(),
    "Trace every frame between host and guest agent in the monitor's log.",
    flag("VM", "--debug-grpc", "trace every frame between host and guest in the monitor's log"),
  ),
  tee: field(
    z._default(Tee, { kind: "none" }),
    "Confidential VM. Not available yet.",
    flag("Security", "--tee <kind[,name=value...]>", "confidential VM (not available yet)", { as: "tee" }),
  ),
  cmd: field(strings(), "Replaces the image's command."),
  entrypointOverride: field(
    z._default(z.nullable(z.array(z.string())), null),
    "Replaces the image's entrypoint and drops its command; an empty list clears both.",
    flag("Process", "--entrypoint <command>", "replace the image's entrypoint; empty clears it", {
      as: "word",
    }),
  ),
  volumes: field(
    strings(),
    "SOURCE:TARGET[:OPTION,...] or type=...,source=...,target=...; SOURCE is a host path or a volume's name.",
    flag(
      "Storage",
      "-v, --volume <source:path[:options]>",
      "share a folder or file of this host, or a named volume; ro makes it read-only",
      { as: "volume", offers: "volumes" },
    ),
    flag(
      "Storage",
      "--mount <type=...,source=...,target=...>",
      "the same in long form; type is bind, volume or tmpfs",
      { as: "mount", offers: ["type=bind,", "type=volume,", "type=tmpfs,"] },
    ),
  ),
  extraEnv: field(
    z._default(z.array(z.tuple([z.string(), z.string()])), []),
    "Pairs of name and value; the last of a name holds.",
    PROGRAM_FLAGS.env,
    PROGRAM_FLAGS.envFile,
  ),
  cache: field(
    z.prefault(Cache, {}),
    "Store of images: whether it is used, where it lies, and how much of it stays that nothing needs.",
  ),
  pool: field(z.prefault(Pool, {}), "VMs that are booted already. Not available yet."),
  portMap: field(
    strings(),
    "[ADDRESS:][HOST_PORT:]BOX_PORT[/tcp|/udp], with ranges.",
    flag("Network", "-p, --publish <[ip:][host:]box>", "publish a port of the box"),
  ),
  /** Addresses of servers; also `search DOMAIN` and `options OPTION`, as resolv.conf(5) has them. */
  dns: field(
    strings(),
    "Addresses of servers, `search DOMAIN` and `options OPTION`; empty: the host's.",
    flag("Network", "--dns <address>", "DNS server of the box (the host's)", { as: "dns" }),
    flag("Network", "--dns-search <domain>", "domain in which names are looked up; . for none", {
      as: "dns-search",
    }),
    flag("Network", "--dns-option <option>", "option of resolv.conf(5)", {
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
            /^(tsi|none|bridge(:[a-zA-Z0-9][a-zA-Z0-9_.-]*)?)$/,
            "is none of tsi, bridge, bridge:NAME and none",
          ),
        ),
      "tsi",
    ),
    "tsi, bridge, none, or bridge:NAME, on which boxes reach each other.",
    flag("Network", "--network <mode>", "tsi, bridge[:NAME] or none (tsi)", {
      as: "network",
      alias: "--net",
      offers: ["tsi", "bridge", "none"],
    }),
  ),
  tmpfs: field(
    strings(),
    "PATH[:OPTION,...], such as /run:size=64m,mode=1777.",
    flag("Storage", "--tmpfs <path[:options]>", "mount a tmpfs, such as /run:size=64m,mode=1777"),
  ),
  resourceLimits: field(
    z.prefault(ResourceLimits, {}),
    "Limits of the processes in the box, and of the VM on its host.",
  ),
  capAdd: field(
    strings(),
    "Capabilities beside Docker's default set, or ALL.",
    flag("Security", "--cap-add <capability>", "give a capability, or ALL", {
      offers: "capabilities",
    }),
  ),
  capDrop: field(
    strings(),
    "Capabilities taken out of the set, or ALL.",
    flag("Security", "--cap-drop <capability>", "take a capability, or ALL", {
      offers: "capabilities",
    }),
  ),
  securityOpt: field(
    strings(),
    "seccomp=PROFILE or unconfined, no-new-privileges[=true|false], systempaths=unconfined.",
    flag(
      "Security",
      "--security-opt <option>",
      "seccomp=PROFILE.json or unconfined, no-new-privileges, systempaths=unconfined",
      {
        offers: ["no-new-privileges", "seccomp=unconfined", "seccomp=", "systempaths=unconfined"],
      },
    ),
  ),
  privileged: field(
    boolean(),
    "All capabilities, no seccomp filter, no masked paths, all devices of the guest.",
    flag("Security", "--privileged", "all capabilities, no seccomp filter, all devices of the guest"),
  ),
  readOnly: field(
    boolean(),
    "Root filesystem read-only; volumes and tmpfs stay writable.",
    flag("Security", "--read-only", "root filesystem read-only; volumes and tmpfs stay writable"),
  ),
  sidecar: field(
    z._default(z.nullable(Sidecar), null),
    "Another image's process in the same VM. Not available yet.",
  ),
  persistent: field(
    boolean(),
    "The writable layer survives stop and start; otherwise every start begins from the image.",
    flag("Storage", "--persistent", "keep the writable layer from one start to the next"),
  ),
});
export type BoxConfig = z.infer<typeof BoxConfig>;
