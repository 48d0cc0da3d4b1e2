import type { BoxConfig } from "./box-config.js";

/** What the documentation says of a field: the flags that fill it, and what it is. */
export interface Field {
  flags: string[];
  description: string;
}

export const FIELDS: Record<keyof BoxConfig, Field> = {
  image: { flags: [], description: "Image reference, such as nginx:alpine." },
  workspace: {
    flags: ["--workspace"],
    description: "Absolute host folder that is /workspace in the box; empty: a folder of the box's own.",
  },
  resources: {
    flags: ["--cpus", "--memory", "--storage-opt", "--timeout"],
    description:
      "CPUs and memory of the VM, size of the writable layer, and seconds until the box is stopped (0: never).",
  },
  logLevel: { flags: ["--log-level"], description: "Of box's own logs." },
  debugGrpc: {
    flags: ["--debug-grpc"],
    description: "Trace every frame between host and guest agent in the monitor's log.",
  },
  tee: { flags: ["--tee"], description: "Confidential VM. Not available yet." },
  cmd: { flags: [], description: "Replaces the image's command." },
  entrypointOverride: {
    flags: ["--entrypoint"],
    description: "Replaces the image's entrypoint and drops its command; an empty list clears both.",
  },
  volumes: {
    flags: ["--volume", "--mount"],
    description:
      "SOURCE:TARGET[:OPTION,...] or type=...,source=...,target=...; SOURCE is a host path or a volume's name.",
  },
  extraEnv: {
    flags: ["--env", "--env-file"],
    description: "Pairs of name and value; the last of a name holds.",
  },
  cache: {
    flags: ["--no-cache"],
    description:
      "Store of images: whether it is used, where it lies, and how much of it stays that nothing needs.",
  },
  pool: { flags: ["--pool"], description: "VMs that are booted already. Not available yet." },
  portMap: { flags: ["--publish"], description: "[ADDRESS:][HOST_PORT:]BOX_PORT[/tcp|/udp], with ranges." },
  dns: {
    flags: ["--dns", "--dns-search", "--dns-option"],
    description: "Addresses of servers, `search DOMAIN` and `options OPTION`; empty: the host's.",
  },
  network: {
    flags: ["--network"],
    description: "tsi, bridge, none, or bridge:NAME, on which boxes reach each other.",
  },
  tmpfs: {
    flags: ["--tmpfs", "--mount"],
    description: "PATH[:OPTION,...], such as /run:size=64m,mode=1777.",
  },
  resourceLimits: {
    flags: [
      "--pids-limit",
      "--cpuset-cpus",
      "--ulimit",
      "--cpu-shares",
      "--cpu-quota",
      "--cpu-period",
      "--memory-reservation",
      "--memory-swap",
    ],
    description: "Limits of the processes in the box, and of the VM on its host.",
  },
  capAdd: { flags: ["--cap-add"], description: "Capabilities beside Docker's default set, or ALL." },
  capDrop: { flags: ["--cap-drop"], description: "Capabilities taken out of the set, or ALL." },
  securityOpt: {
    flags: ["--security-opt"],
    description: "seccomp=PROFILE or unconfined, no-new-privileges[=true|false], systempaths=unconfined.",
  },
  privileged: {
    flags: ["--privileged"],
    description: "All capabilities, no seccomp filter, no masked paths, all devices of the guest.",
  },
  readOnly: {
    flags: ["--read-only"],
    description: "Root filesystem read-only; volumes and tmpfs stay writable.",
  },
  sidecar: {
    flags: ["--sidecar", "--sidecar-env"],
    description: "Another image's process in the same VM. Not available yet.",
  },
  persistent: {
    flags: ["--persistent"],
    description: "The writable layer survives stop and start; otherwise every start begins from the image.",
  },
};
