import { spawn, type ChildProcess } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { lastingEnvironment } from "../host/caller-environment.js";
import { DEFAULT_DISK_MB } from "../config/resources.js";
import { EXIT_BOX } from "../config/exit-codes.js";
import { BoxError } from "../errors.js";
import { warnAboutExposure } from "../host/home-privacy.js";
import { allEnded } from "../host/abort.js";
import { isNamed } from "../host/read.js";
import { readToEnd } from "../host/read-to-end.js";
import { makeRuntimeFolder } from "../host/runtime-folder.js";
import { specOf } from "../config/parse-box.js";
import type { BoxSpec } from "../config/spec.js";
import { HOST_GATEWAY } from "../config/syntax/add-host.js";
import { closedResolver } from "../net/dns.js";
import { boxFiles, controlSocket, offlineSessionSocket } from "./box/files.js";
import { imageDiskOf } from "./box/image-disk.js";
import { truncateMonitorLog } from "./box/monitor-log.js";
import type { BoxRecord } from "./box/record.js";
import { encodeIdleRequest } from "./protocol/control/claim.js";
import { encodeLaunchRequest, type LaunchRequest, type VmStart } from "./protocol/control/launch-request.js";
import { explainEnd, sendAttach, type Attach } from "./protocol/control/client.js";
import type { Driver, SharedVolume, Start, VmSpec } from "./drivers/driver.js";
import type { RuntimeFiles } from "./runtime-files.js";
import { warnOfJail } from "./jail/warning.js";
import { copySparse } from "./copy-sparse.js";
import { joinArguments } from "./join.js";
import { membershipsOf } from "./memberships.js";
import { prepareHostLimits } from "./limits/host.js";
import { monitorTitle } from "./monitor-title.js";
import { monitorDataLimit } from "./monitor-limit.js";
import { outsideMode } from "./network/mode.js";
import { startSlots } from "./template/files.js";
import { planStart, type Plan, type Thaw, type Way } from "./template/plan.js";
import { createWritableLayer, layerKindOf, layerTemplatePath } from "./writable-layer.js";
import { verifyRuntimeFiles } from "./verify-files.js";
import { templatesFolder, type Home } from "../host/home.js";

/** The command's connection to the monitor: descriptor 3 of the monitor. */
const CONNECTION = 3;
/** Exit code of `box-vmm launch` if another process holds the box's lock. */
const EXIT_LOCKED = 75;
/** How the monitor boots a VM if that of a template does not work. */
const SECOND: Start = { kind: "boot", console: "socket" };
/** Warnings of the VMM's helper for the user, one per line. */
const WARNINGS = 4;

/** How `box-vmm launch` reports that a box cannot join its networks, in Docker's words (native/vmm/join.c). */
const NETWORK_REFUSAL =
  /^box-vmm: ((?:failed to set up container networking|invalid config for network)\b.*)$/;

/** How the next box of a kind is launched. */
export interface NextStart {
  /** The helper's path and arguments, with the length of another request; none for a box in a VM of a pool. */
  words: readonly string[];
  /** The launch request, without the box's record. */
  request: Omit<LaunchRequest, "record">;
  /** The directory of the template that it depends on: it has to be there if the VM continues it, and to be missing otherwise. */
  template?: string;
  /** The file that its writable layer is a copy of; undefined: an empty one. */
  layer?: string;
}

/** A box, and what was resolved on the host for this start. */
export interface Launch {
  folder: string;
  record: BoxRecord;
  runtimeFiles: RuntimeFiles;
  driver: Driver;
  volumes: SharedVolume[];
  /** VMDK descriptor of an image that is still being pulled; the monitor waits until it is complete. */
  pendingDisk?: string;
  /** The writable layer to create. `seed` is copied, if it exists. */
  newLayer?: { path: string; seed?: string; signal?: AbortSignal | undefined };
  /** Files to move into place, as pairs of source and target, once the box's lock is held. */
  moves?: [string, string][];
  /** The caller attaches to the program: at once, so that it gets all of the output. */
  attach?: Attach | undefined;
  /** Called once the helper runs. @param next how the next box of this kind is launched: one of these ways, if any is known */
  onSpawned?: (next: readonly NextStart[]) => void;
  /** Called when the files are in place or the launch has failed. */
  onMoved?: () => void;
  /** Boot the VM for a pool: it has no box until a command claims it, and ends with the returned connection. */
  idle?: true;
  /** Do not run the box's programs: the agent only gives access to the files of this layer (offline-session.ts). */
  offline?: { layer: string; readOnly: boolean };
}

/** A box's part of its machine. */
export interface MachineOf extends Pick<
  VmSpec,
  "runtimeFiles" | "imageDisk" | "writableDisk" | "volumes" | "ports"
> {
  spec: BoxSpec;
  offline?: Launch["offline"];
  newLayer?: Launch["newLayer"];
}

/** Whether a layer to be created is like that of most boxes. */
async function isBlank({ persistent, resources }: BoxSpec, { seed }: NonNullable<Launch["newLayer"]>) {
  const isSeeded = seed !== undefined && (await isNamed(seed));
  return !persistent && !isSeeded && resources.diskMb === DEFAULT_DISK_MB;
}

/** Returns the machine of a box. */
export async function machineOf(
  home: Home,
  { spec, offline, newLayer, ...given }: MachineOf,
): Promise<VmSpec> {
  const network = await outsideMode(home, spec);
  const resolver = network === "none" ? undefined : await closedResolver(spec.dns);
  const { vcpus, memoryMb, diskMb } = spec.resources;
  return {
    ...given,
    ...{ vcpus, memoryMb, diskMb },
    writableDiskReadOnly: offline?.readOnly ?? false,
    blankLayer: newLayer !== undefined && (await isBlank(spec, newLayer)),
    persistent: spec.persistent || offline !== undefined,
    network,
    allowHost: spec.record.addHost.some(({ address }) => address === HOST_GATEWAY),
    ...(resolver === undefined ? {} : { resolver }),
    logLevel: spec.logLevel,
  };
}

/**
 * Starts the monitor and the VMM of a box. Both outlive this process.
 * @param warn called for limits and layers of the VMM's jail that this host does not provide
 * @returns a control stream connected to the monitor (see control/client.ts)
 * @throws BoxError launch-failed, network-failed, engine-damaged, and those of the limits
 */
export async function launchBox(home: Home, launch: Launch, warn: (line: string) => void): Promise<Socket> {
  const { folder, record, runtimeFiles, driver, moves = [], offline, newLayer } = launch;
  const { id } = record;
  const files = boxFiles(folder);
  const ownDisk = offline ? record.image.disk : await imageDiskOf(folder, record);
  // The runtime directory may have been lost in a reboot.
  const [spec, runtime, memberships] = await Promise.all([
    machineOf(home, {
      ...{
        spec: specOf(record),
        runtimeFiles,
        offline,
        newLayer,
        ports: record.ports,
        volumes: launch.volumes,
      },
      imageDisk: launch.pendingDisk ?? ownDisk,
      writableDisk: offline?.layer ?? files.writableLayer,
    }),
    makeRuntimeFolder(home),
    offline ? [] : membershipsOf(home, record),
    warnAboutExposure(home, warn),
    verifyRuntimeFiles(home, runtimeFiles),
  ]);
  const planned = await planStart(home, driver, spec, memberships.length > 0);
  const [plan, hostLimits] = await allEnded([
    newLayer ? createLayer(home, record, newLayer, planned) : planned,
    prepareHostLimits(folder, id, specOf(record), warn),
  ]);
  const vmm = (start: Start) => {
    const [verb = "", ...machine] = driver.vmmArguments(spec, start);
    return [verb, ...jailArguments(spec), ...hostLimits, ...machine];
  };
  const log = await open(files.monitorLog, "a+", 0o600);
  // Failed launches append to the log without a monitor that would truncate it.
  truncateMonitorLog(log.fd);
  try {
    // Reserves space in the command line for the title that the monitor gives itself later.
    const place = (word: string) => word.padEnd(monitorTitle(folder).length);
    const state = launch.idle ? ["idle", place(folder)] : [place("unclaimed")];
    const words = [process.execPath, "--", runtimeFiles.monitor, ...state];
    const monitor = words.flatMap((word) => ["--monitor-arg", word]);
    const empty = layerTemplatePath(home, spec.diskMb, "scratch");
    const thawOf = ({ folder: template, made, layer }: Thaw): NonNullable<VmStart["thaw"]> => ({
      ...{ template, made, program: runtimeFiles.vmmHelper, boot: vmm(SECOND) },
      ...(layer === undefined ? {} : { layer: { path: spec.writableDisk, empty } }),
    });
    const startOf = (way: Way): VmStart => ({
      ...(way.kind === "thaw" ? { thaw: thawOf(way) } : { booted: way.reason }),
      ...(way.making ? { making: way.making } : {}),
    });
    const requestOf = (way: Way): NextStart["request"] => ({
      folder,
      ...(launch.pendingDisk === undefined ? {} : { pending: true }),
      ...(offline ? { offlineLayer: offline.layer } : {}),
      ...(memberships.length > 0 ? { networks: memberships.map(({ network }) => network) } : {}),
      ...startOf(way),
    });
    const socketName = (offline ? offlineSessionSocket : controlSocket)(id);
    const argumentsOf = (way: Way, requestBytes: number) => [
      "launch",
      ...["--lock", files.lock, "--socket", join(runtime, socketName)],
      ...moves.flatMap(([from, to]) => ["--move", from, "--to", to]),
      ...joinArguments(id, memberships, runtime),
      ...(way.kind === "thaw" ? ["--wake"] : []),
      ...slotArguments(home, launch),
      ...["--monitor-data", String(monitorDataLimit())],
      ...["--request", String(requestBytes)],
      ...monitor,
      "--",
      ...vmm(way.kind === "thaw" ? way : { kind: "boot", console: "pipe" }),
    ];
    const request = launch.idle
      ? encodeIdleRequest(startOf(plan), record.guest.network)
      : encodeLaunchRequest({ ...requestOf(plan), record });
    const child = spawn(runtimeFiles.vmmHelper, argumentsOf(plan, request.length), {
      detached: true,
      cwd: "/",
      stdio: ["ignore", log.fd, log.fd, "pipe", "pipe"],
      env: monitorEnvironment(home),
    });
    const socket = readToEnd(child.stdio[CONNECTION] as Socket);
    // Errors show as the end of the stream.
    socket.on("error", () => undefined);
    // Immediately, so that the launch no longer depends on this process.
    socket.write(request);
    // The monitor of a pending image takes nothing but the message about that.
    if (launch.attach && launch.pendingDisk === undefined) sendAttach(socket, launch.attach);
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) =>
        reject(
          new BoxError("engine-missing", `cannot run ${runtimeFiles.vmmHelper}, which is a part of box`, {
            cause: error,
          }),
        ),
      );
    });
    child.unref();
    launch.onSpawned?.(
      plan.next.map((way) => ({
        words: [runtimeFiles.vmmHelper, ...argumentsOf(way, request.length)],
        request: requestOf(way),
        ...(way.folder === undefined ? {} : { template: way.folder }),
        ...(way.kind === "thaw" && way.layer !== undefined ? { layer: way.layer } : {}),
      })),
    );
    // Closed just before the VMM starts, long before the guest shows a sign of life.
    const warnings = child.stdio[WARNINGS] as Socket;
    createInterface(warnings).on("line", warnOfJail(home, warn));
    warnings.once("close", () => launch.onMoved?.());
    warnings.unref();
    explainEnd(socket, () => explainExit(child, record.name, files.monitorLog));
    return socket;
  } finally {
    await log.close();
  }
}

/** Creates a box's writable layer, for a VM that starts as planned. Returns the file that it is a copy of, and the plan. */
async function createLayer(
  home: Home,
  { config: { persistent, resources } }: BoxRecord,
  { path, seed, signal }: NonNullable<Launch["newLayer"]>,
  plan: Plan,
): Promise<Plan> {
  const mounted = plan.kind === "thaw" ? plan.layer : undefined;
  if (mounted !== undefined && (await isCopied(mounted, path, signal))) return plan;
  const gone = { kind: "boot", reason: "the template has just been removed", next: [] } as const;
  const { diskMb: sizeMb } = resources;
  const kind = layerKindOf(persistent);
  await createWritableLayer(home, path, { sizeMb, kind, seed, signal });
  return mounted === undefined ? plan : gone;
}

async function isCopied(from: string, to: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await copySparse(from, to, signal);
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/** Returns the reason if the helper did not become a monitor. */
async function explainExit(
  child: ChildProcess,
  name: string,
  monitorLog: string,
): Promise<BoxError | undefined> {
  child.ref();
  const code = child.exitCode ?? (child.signalCode === null ? await exitCodeOf(child) : null);
  if (code === EXIT_LOCKED) {
    return new BoxError("box-running", `box ${name} was started by another command at the same time`);
  }
  if (code !== EXIT_BOX) return undefined;
  const lines = (await readFile(monitorLog, "utf8").catch(() => "")).trimEnd().split("\n");
  const last = lines.at(-1) ?? "";
  const refusal = NETWORK_REFUSAL.exec(last)?.[1];
  if (refusal !== undefined) return new BoxError("network-failed", refusal);
  return new BoxError("launch-failed", `box ${name} cannot be launched: ${last}`);
}

function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

/**
 * Returns the option of `box-vmm launch` by which starts take turns. Pools limit themselves how many VMs they boot at a time,
 * and a box whose image is still being pulled starts for as long as that takes.
 */
function slotArguments(home: Home, { driver, idle, pendingDisk }: Launch): string[] {
  if (!driver.emulates || idle || pendingDisk !== undefined) return [];
  return ["--slots", startSlots(templatesFolder(home))];
}

/** Returns the options of `box-vmm` for the jail and its own log. */
function jailArguments(spec: VmSpec): string[] {
  // The files that a VMM extends: the writable layer and, as the kernel counts it, the guest's memory.
  const largest = Math.max(spec.diskMb, spec.memoryMb);
  return [
    ...["--log-level", spec.logLevel],
    ...(spec.volumes.length === 0 ? ["--largest-file", String(largest)] : []),
  ];
}

/** Returns the monitor's environment: with the home, and without the caller's variables for Node. */
function monitorEnvironment(home: Home): NodeJS.ProcessEnv {
  return { ...lastingEnvironment(home.env), BOX_HOME: home.folder };
}
