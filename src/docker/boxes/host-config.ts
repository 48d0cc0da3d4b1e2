import { specOf } from "../../config/parse-box.js";
import type { BoxSpec } from "../../config/spec.js";
import type { PortBinding } from "../../config/syntax/port.js";
import { formatSecurityOpt } from "../../config/syntax/security-opt.js";
import type { Box } from "../../engine/boxes.js";
import {
  bool,
  embedded,
  int,
  keyed,
  list,
  nilPointer,
  omitEmpty,
  pointer,
  sentOnly,
  strings,
  struct,
  text,
  typedOnly,
} from "../go/make.js";
import { INT64, named, sliceOf, STRING, STRINGS, UINT64 } from "../go/type.js";
import type { Value } from "../go/value.js";
import { binds, mounts } from "./host-mounts.js";
import { networkMode } from "./network.js";
import { portMap, type HostPort } from "./ports-map.js";
import { resources } from "./resources.js";
import { WORDS } from "./types.js";

const SHM_BYTES = 64 * 2 ** 20;

/** The paths that the guest agent hides and makes read-only (native/agent/closed_paths.c). */
const MASKED = [
  ...["/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats"],
  ...["/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
  "/sys/devices/virtual/powercap",
];
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

const listOrNil = (words: readonly string[], type = WORDS) =>
  list(STRING, words.length > 0 ? words : undefined, type);
const mode = (name: string, value: string) => text(value, named(`container.${name}`, STRING));

function published({ address, hostPort, hostLast, guestPort, protocol }: PortBinding): HostPort {
  const first = hostPort === 0 ? "" : String(hostPort);
  return {
    port: `${guestPort}/${protocol}`,
    hostIp: address,
    hostPort: hostLast === undefined ? first : `${first}-${hostLast}`,
  };
}

function securityOptions({ securityOpt, privileged }: BoxSpec): string[] {
  const texts = securityOpt
    .map(formatSecurityOpt)
    .map((each) => each.replace(/^(no-new-privileges)=true$/, "$1"));
  // Docker adds it.
  return privileged && !texts.includes("label=disable") ? [...texts, "label=disable"] : texts;
}

/** Nil if there are none, which Docker's engine does not send. */
function nonEmpty(entries: readonly (readonly [string, string])[]): Value {
  return strings(entries.length > 0 ? Object.fromEntries(entries) : undefined);
}

function tmpfs(texts: readonly string[]): Value {
  const entries = texts.map((each): [string, string] => {
    const colon = each.indexOf(":");
    return colon < 0 ? [each, ""] : [each.slice(0, colon), each.slice(colon + 1)];
  });
  return nonEmpty(entries);
}

/** Paths that the programs of the box cannot see or change: nil if privileged, and none if the user opened them. */
function closedPaths(paths: readonly string[], { privileged, securityOpt }: BoxSpec): Value {
  const opened = securityOpt.some(({ kind }) => kind === "systempaths");
  return list(STRING, privileged ? undefined : opened ? [] : paths);
}

/** Docker's `container.HostConfig`. */
export function hostConfig({ record }: Box): Value {
  const spec = specOf(record);
  const { config, options } = record;
  const { restart } = spec.record;
  const sorted = (names: readonly string[]) => listOrNil([...names].sort());
  const consoleSize = list(UINT64, [int(0, UINT64), int(0, UINT64)], named("[2]uint", sliceOf(UINT64)));
  return struct("container.HostConfig", {
    Binds: binds(spec),
    ContainerIDFile: "",
    LogConfig: struct("container.LogConfig", {
      Type: options.logDriver,
      Config: strings(Object.fromEntries(options.logOpt)),
    }),
    NetworkMode: mode("NetworkMode", networkMode(config.network)),
    PortBindings: portMap(spec.portMap.map(published)),
    RestartPolicy: struct("container.RestartPolicy", {
      Name: mode("RestartPolicyMode", restart.policy),
      MaximumRetryCount: int(restart.maxRetries),
    }),
    AutoRemove: options.autoRemove,
    VolumeDriver: "",
    VolumesFrom: listOrNil(options.volumesFrom),
    ConsoleSize: typedOnly(consoleSize),
    Annotations: omitEmpty(strings()),
    CapAdd: sorted(spec.capAdd),
    CapDrop: sorted(spec.capDrop),
    CgroupnsMode: mode("CgroupnsMode", "private"),
    DNS: keyed("Dns", list(STRING, spec.dns.servers)),
    DNSOptions: keyed("DnsOptions", list(STRING, spec.dns.options ?? [])),
    DNSSearch: keyed("DnsSearch", list(STRING, spec.dns.search ?? [])),
    ExtraHosts: listOrNil(options.addHost, STRINGS),
    GroupAdd: listOrNil(options.groupAdd, STRINGS),
    IpcMode: mode("IpcMode", "private"),
    Cgroup: mode("CgroupSpec", ""),
    Links: list(STRING),
    OomScoreAdj: int(options.oomScoreAdj),
    PidMode: mode("PidMode", ""),
    Privileged: config.privileged,
    PublishAllPorts: options.publishAll,
    ReadonlyRootfs: config.readOnly,
    SecurityOpt: listOrNil(securityOptions(spec), STRINGS),
    StorageOpt: omitEmpty(strings()),
    Tmpfs: omitEmpty(tmpfs(config.tmpfs)),
    UTSMode: mode("UTSMode", ""),
    UsernsMode: mode("UsernsMode", ""),
    ShmSize: int(options.shmBytes ?? SHM_BYTES, INT64),
    Sysctls: omitEmpty(nonEmpty(options.sysctls)),
    // The VMM.
    Runtime: omitEmpty(record.driver),
    "ConsoleSize:sent": sentOnly(consoleSize),
    Isolation: mode("Isolation", ""),
    Resources: embedded(resources(spec)),
    Mounts: omitEmpty(mounts(spec)),
    MaskedPaths: closedPaths(MASKED, spec),
    ReadonlyPaths: closedPaths(READ_ONLY, spec),
    Init: omitEmpty(options.init ? pointer(bool(true)) : nilPointer("bool")),
  });
}
