import { createHash } from "node:crypto";
import { hostPlatform } from "../../config/syntax/platform.js";
import type { Info } from "../../engine/system/info.js";
import {
  embedded,
  int,
  keyed,
  list,
  map,
  nilPointer,
  omitEmpty,
  pointer,
  struct,
  type FieldPlain,
} from "../go/make.js";
import { fromPlain } from "../go/plain.js";
import { INT64, mapOf, STRING, structType } from "../go/type.js";
import type { Value } from "../go/value.js";
import { STORAGE_DRIVER } from "../storage-driver.js";
import { formatMemory } from "../units.js";
import { clientInfo } from "./version.js";

/** An identifier of the home on this host, in Docker's form. */
function idOf({ home, host }: Info): string {
  const digits = createHash("sha256").update(`${host.name}\0${home}`).digest("hex");
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The machine's name of an architecture, as `uname -m` prints it. */
const MACHINES: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

function machine(): string {
  const { architecture } = hostPlatform();
  return MACHINES[architecture] ?? architecture;
}

interface Counts {
  all: number;
  running: number;
  paused: number;
  stopped: number;
}

/** Docker counts a paused box as paused only. */
function countsOf({ boxes }: Info): Counts {
  const { running = 0, paused = 0, exited = 0 } = boxes ?? {};
  return { all: running + exited, running: running - paused, paused, stopped: exited };
}

const STRUCTS = {
  plugins: "system.PluginsInfo",
  runtime: "system.RuntimeWithStatus",
  commit: "system.Commit",
  registry: "registry.ServiceConfig",
  swarm: "swarm.Info",
};

const noCommit = struct(STRUCTS.commit, { ID: "" });

/** Limits that boxes can have. */
const LIMITS = ["MemoryLimit", "SwapLimit", "CPUShares", "CPUSet", "PidsLimit"];

function engineFields(info: Info, version: string): Record<string, FieldPlain> {
  const { all, running, paused, stopped } = countsOf(info);
  const { host } = info;
  const runtimes = Object.fromEntries(
    info.drivers.map(({ name }) => [name, struct(STRUCTS.runtime, { Path: keyed("path", "box-vmm") })]),
  );
  return {
    ID: idOf(info),
    Containers: all,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: stopped,
    Images: info.images ?? 0,
    Driver: STORAGE_DRIVER,
    DriverStatus: list(structType("[2]string")),
    SystemStatus: omitEmpty(list(structType("[2]string"))),
    Plugins: struct(STRUCTS.plugins, {
      Volume: ["local"],
      Network: ["bridge", "null"],
      Authorization: list(STRING),
      Log: ["json-file", "local", "none"],
    }),
    ...Object.fromEntries(LIMITS.map((name) => [name, true])),
    CPUCfsPeriod: keyed("CpuCfsPeriod", true),
    CPUCfsQuota: keyed("CpuCfsQuota", true),
    IPv4Forwarding: true,
    Debug: false,
    NFd: 0,
    OomKillDisable: false,
    NGoroutines: 0,
    SystemTime: new Date().toISOString(),
    LoggingDriver: "json-file",
    CgroupDriver: "cgroupfs",
    CgroupVersion: omitEmpty("2"),
    NEventsListener: 0,
    KernelVersion: host.kernel,
    OperatingSystem: host.system,
    OSVersion: "",
    OSType: "linux",
    Architecture: machine(),
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: nilPointer(STRUCTS.registry),
    NCPU: host.cpus,
    MemTotal: int(host.memoryBytes, INT64),
    GenericResources: list(structType("swarm.GenericResource")),
    DockerRootDir: info.home,
    HTTPProxy: keyed("HttpProxy", ""),
    HTTPSProxy: keyed("HttpsProxy", ""),
    NoProxy: "",
    Name: host.name,
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: version,
    Runtimes: map(STRING, structType(STRUCTS.runtime), runtimes, mapOf(STRING, structType(STRUCTS.runtime))),
    DefaultRuntime: info.driver ?? "",
    Swarm: struct(STRUCTS.swarm, {
      NodeID: "",
      NodeAddr: "",
      LocalNodeState: "inactive",
      ControlAvailable: false,
      Error: "",
      RemoteManagers: list(structType("swarm.Peer")),
    }),
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: "",
    ContainerdCommit: noCommit,
    RuncCommit: noCommit,
    InitCommit: noCommit,
    SecurityOptions: ["name=seccomp,profile=default"],
    Warnings: list(STRING),
  };
}

/** Docker's object of `docker info`, with what box says of itself under `Box`. */
export function describeInfo(info: Info, version: string): Value {
  return struct("system.dockerInfo", {
    Info: embedded(pointer(struct("system.Info", engineFields(info, version)))),
    ServerErrors: omitEmpty(list(STRING)),
    ClientInfo: pointer(clientInfo(version)),
    Box: fromPlain(info, { capitals: true }),
  });
}

/** The lines of `docker info`, except for what only Docker has. */
export function infoLines(info: Info, version: string): string[] {
  const { all, running, paused, stopped } = countsOf(info);
  const { host } = info;
  const server: [string, string | number][] = [
    ["Containers", all],
    [" Running", running],
    [" Paused", paused],
    [" Stopped", stopped],
    ["Images", info.images ?? 0],
    ["Server Version", version],
    ["Storage Driver", STORAGE_DRIVER],
    ["Logging Driver", "json-file"],
    ["Cgroup Driver", "cgroupfs"],
    ["Cgroup Version", "2"],
    ["Default Runtime", info.driver ?? "none"],
    ["Kernel Version", host.kernel],
    ["Operating System", host.system],
    ["OSType", "linux"],
    ["Architecture", machine()],
    ["CPUs", host.cpus],
    ["Total Memory", formatMemory(host.memoryBytes)],
    ["Name", host.name],
    ["ID", idOf(info)],
    ["Docker Root Dir", info.home],
  ];
  return [
    ...["Client:", ` Version:    ${version}`, " Context:    default", " Debug Mode: false", "", "Server:"],
    ...server.map(([name, value]) => ` ${name}: ${value}`),
  ];
}
