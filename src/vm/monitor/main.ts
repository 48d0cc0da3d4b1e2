import { closeSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { errnoOf, messageOf } from "../../errors.js";
import { homeOf } from "../../host/home.js";
import { readPlaces } from "../../net/membership.js";
import { boxFiles } from "../box/files.js";
import type { BoxState } from "../box/record.js";
import { afterStart } from "./after-start.js";
import { awaitImage, giveUp } from "./await-image.js";
import { monitorTitle } from "../monitor-title.js";
import type { LaunchRequest, VmStart } from "../protocol/control/launch-request.js";
import { encodeJson } from "../protocol/control/wire.js";
import { waitForIdleRequest, waitForLaunchRequest } from "./launch-request.js";
import { awaitClaim, discardIdle } from "./idle.js";
import { createClients, type Requests } from "./clients.js";
import { readConsole } from "./console.js";
import { Descriptor } from "./descriptors.js";
import { openLink } from "./guest-link.js";
import { encodeRehearsal } from "./rehearsal.js";
import { supervise, type Supervised } from "./supervise.js";
import { learnMemory } from "./learn-memory.js";
import { openListener } from "./listener.js";
import { log, setLogLevel } from "./log.js";
import { relaunchAfterExit } from "./restart.js";
import { watchOfflineSession } from "./offline-session.js";
import { filterFor } from "./seccomp-filter.js";
import { holdSlot } from "./start-slot.js";
import { secondStart } from "./thaw.js";
import { boxVm, type BoxVm, type Vm } from "./vm.js";

// The monitor of one box, started by `box-vmm launch` with the descriptors in descriptors.ts. A launch request assigns
// it to a box; the VM is starting meanwhile, or has started long before. In a pool, the words `idle` and the VM's
// directory follow on the command line, and the launch request comes from the command that claims the VM.

/**
 * Whether the box's program never ran, and the restart counters of its last run: they continue after a restart by the
 * restart policy, and are reset otherwise.
 */
function readBefore(folder: string): Supervised["before"] {
  try {
    const state = JSON.parse(readFileSync(boxFiles(folder).state, "utf8")) as BoxState;
    const { neverRan = false } = state;
    if (state.status !== "restarting") return { neverRan };
    const { restartCount = 0, backoffMs = 0 } = state;
    return { neverRan, restartCount, backoffMs };
  } catch (error) {
    // The first start writes the file.
    return { neverRan: errnoOf(error) === "ENOENT" };
  }
}

// The monitor exits with its box, not with a terminal or login session.
for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGPIPE"] as const) process.on(signal, () => undefined);

// Its log may be on a full disk: losing log lines must not end the box.
process.stderr.on("error", () => undefined);

const home = homeOf(process.env);
const command = new Socket({ fd: Descriptor.command, readable: true, writable: true });
command.on("error", () => undefined);
const listener = openListener(Descriptor.control);
const agent = new Socket({ fd: Descriptor.agent, readable: true, writable: true });
const started: Vm = {
  pid: Number(process.env["BOX_VMM_PID"]),
  link: openLink(agent),
  console: readConsole(),
};

const releaseSlot = holdSlot(Descriptor.slot);

/** Ends before this process does. */
let background = Promise.resolve();
let noteEnd: () => void = () => undefined;
const ended = new Promise<void>((resolve) => (noteEnd = resolve));

/** A box for this monitor. */
interface Assigned {
  /** The conversation with the command that starts the box. */
  command: Socket;
  request: LaunchRequest;
  vm: BoxVm;
  /** Called when the guest is set up. */
  onStarted: () => void;
}

type Followed = Pick<Assigned, "vm" | "onStarted">;

/** @returns whether to restart the box */
async function watch({ command, request, vm, onStarted }: Assigned): Promise<boolean> {
  const { folder, record, pending, offlineLayer, networks = [] } = request;
  const around = {
    ...{ folder, record, vm, command },
    openClients: (requests: Requests) =>
      createClients(listener, requests, record.options.stdinOnce && !record.options.tty),
    unlock: () => closeSync(Descriptor.lock),
    onStarted,
  };
  if (offlineLayer !== undefined) {
    await watchOfflineSession(home, around, offlineLayer);
    return false;
  }
  if (pending && !(await awaitImage(command))) {
    await giveUp(home, folder, record, vm);
    return false;
  }
  const places = readPlaces(process.env["BOX_NETWORKS"] ?? "", networks);
  const onNetworks = { socket: process.env["BOX_SWITCH"], places };
  const filter = filterFor({ folder, record });
  return supervise(home, { ...around, before: readBefore(folder), filter, networks: onNetworks });
}

/** Reports a failure to a command that sent anything but a launch request. */
async function refuse(command: Socket, error: unknown): Promise<void> {
  log("error", `invalid launch request: ${messageOf(error)}`);
  const message = "the box was started by a different version of box than the one installed";
  const failure = { event: "failed", code: "newer-version", message, hint: "try again" } as const;
  await new Promise<void>((resolve) => command.end(encodeJson(failure), () => resolve()));
}

async function readRequest(command: Socket): Promise<LaunchRequest | undefined> {
  try {
    return await waitForLaunchRequest(command);
  } catch (error) {
    await refuse(command, error);
    return undefined;
  }
}

/** @param id of its box */
function followStart(id: string, start: VmStart): Followed {
  const { thaw, booted = "" } = start;
  log("info", thaw ? `continuing the template ${thaw.template}` : `booting: ${booted}`);
  const vm = boxVm(started, thaw && secondStart(home, started, thaw));
  const onStarted = () => {
    releaseSlot();
    background = afterStart(home, id, start, vm.pid() !== started.pid, ended);
  };
  return { vm, onStarted };
}

async function awaitBox(): Promise<Assigned | undefined> {
  const request = await readRequest(command);
  if (!request) return undefined;
  setLogLevel(request.record.config.logLevel);
  const { record, thaw, offlineLayer } = request;
  const followed = followStart(record.id, request);
  if (!thaw || offlineLayer !== undefined) return { command, request, ...followed };
  const learn = learnMemory(thaw.template, started.pid, followed.vm);
  const onStarted = () => {
    followed.onStarted();
    learn.soon();
  };
  return { command, request, vm: learn.vm, onStarted };
}

/** @param folder the VM's directory in the pool's */
async function awaitBoxForIdle(folder: string): Promise<Assigned | undefined> {
  const { start, network } = await waitForIdleRequest(command);
  const { vm, onStarted } = followStart(basename(folder), start);
  const rehearsal = encodeRehearsal(network);
  const idle = { folder, vm, rehearsal, listener, keeper: command, onStarted };
  const claimant = await awaitClaim(idle);
  const request = claimant && (await readRequest(claimant));
  if (!request) {
    await discardIdle(home, idle);
    return undefined;
  }
  setLogLevel(request.record.config.logLevel);
  return { command: claimant, request, vm, onStarted: () => undefined };
}

async function main(): Promise<void> {
  const [, , state, folder] = process.argv;
  const assigned = await (state === "idle" && folder !== undefined
    ? awaitBoxForIdle(folder.trimEnd())
    : awaitBox());
  if (!assigned) return;
  const { folder: ofBox, record } = assigned.request;
  process.title = monitorTitle(ofBox);
  const again = await watch(assigned);
  noteEnd();
  await background;
  if (again) relaunchAfterExit(fileURLToPath(new URL("box.js", import.meta.url)), record.id);
}

// If the VMM is still running, the kernel kills it when this process exits (PR_SET_PDEATHSIG).
main().then(
  () => process.exit(0),
  (error: unknown) => {
    log(
      "error",
      `the monitor failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    process.exit(1);
  },
);
