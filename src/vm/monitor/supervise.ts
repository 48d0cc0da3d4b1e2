import type { Socket } from "node:net";
import { peersInterface } from "../../net/guest-peers.js";
import { rotationOf } from "../../config/spec/lasting.js";
import { boxFiles } from "../box/files.js";
import { timerMs } from "../../host/timer.js";
import type { BoxRecord, BoxState } from "../box/record.js";
import { clearBox, clearRun, removeBox } from "../box/remove.js";
import { removeAnonymous } from "../volume/anonymous.js";
import type { Event } from "../protocol/control/wire.js";
import { SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM } from "../../host/signals.js";
import { recordLife } from "./box-events.js";
import { releasePendingDisk } from "./await-image.js";
import type { Clients, Requests } from "./clients.js";
import { describeOutcome, toEndState, toEvent, type Outcome, type StopIntent } from "./ending.js";
import { explainDeath, explainUnrecorded } from "./failure.js";
import { openGuest, type Open } from "./guest.js";
import { UNKNOWN, watchHealth } from "./health.js";
import { log, orLog } from "./log.js";
import { watchNetworks } from "./networks.js";
import { watchPause } from "./pause.js";
import { NO_LOG, openOutputLog } from "./output-log.js";
import { ENDED, NO_SIDECAR, notReady, restarting, STARTING } from "./not-ready.js";
import { withSidecar } from "./sidecar.js";
import { openStateWriter, type StateWriter } from "./state-writer.js";
import { limitTime } from "./time-limit.js";
import type { BoxVm } from "./vm.js";
import type { Home } from "../../host/home.js";
import type { NetworkPlace } from "../../net/membership.js";

export interface Supervised {
  folder: string;
  record: BoxRecord;
  /** Restart counters carried over from the last run. */
  before: Pick<BoxState, "restartCount" | "backoffMs"> & { neverRan: boolean };
  /** Seccomp filter for the box's programs. */
  filter: Buffer | null;
  vm: BoxVm;
  /** The switch's socket, if the box is on named networks, and its places there by network. */
  networks: { socket: string | undefined; places: Record<string, NetworkPlace> };
  /** The command that started the box. */
  command: Socket;
  openClients: (requests: Requests) => Clients;
  /** Releases the box's lock, so that it can be started again. */
  unlock: () => void;
  /** Called when the guest is set up. */
  onStarted: () => void;
}

/** Signals that terminate a program by default. They also cancel a boot. */
const ENDING = new Set([SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM]);
/** How long the guest may take to report that the workload was killed before the VM is killed, in milliseconds. */
const LAST_WORDS_MS = 5_000;
/** The same for a guest that has to write back data first. */
const WRITE_BACK_MS = 60_000;
/** Default stop timeout in milliseconds, as for `box stop`. */
const STOP_MS = 10_000;
/** How long a restart waits for commands that have not received all output of the last run, in milliseconds. */
const READERS_MS = 10_000;

/**
 * Supervises one run of a box, from the start of its VMM until none of its processes are left and, if its restart
 * policy restarts it, until the delay has passed.
 * @returns whether to restart the box
 */
export async function supervise(home: Home, around: Supervised): Promise<boolean> {
  const { folder, record, vm } = around;
  const { console } = vm;
  const { neverRan, ...before } = around.before;
  const startedAt = new Date().toISOString();
  let settle: (outcome: Outcome) => void = () => undefined;
  const settled = new Promise<Outcome>((resolve) => (settle = resolve));
  const state = openStateWriter(
    folder,
    {
      status: "running",
      startedAt,
      pid: vm.pid(),
      ...before,
      ...(record.health ? { health: UNKNOWN } : {}),
      addresses: around.networks.places,
    },
    (error) => settle({ kind: "failed", failure: explainUnrecorded(home, error) }),
  );
  const output =
    record.options.logDriver === "none"
      ? NO_LOG
      : openOutputLog(boxFiles(folder).log, rotationOf(record.options), (error) =>
          log("error", `output lost: ${String(error)}`),
        );
  let cancelRestart: () => void = () => undefined;
  let running = false;
  /** Why no program can be started, unless the box is running. */
  let obstacle = STARTING;
  const intent: StopIntent = { stopped: false, again: false, leaving: false };

  const endBy = (signal: number) => settle({ kind: "exited", exit: { code: 0, signal, oomKilled: false } });
  const history = recordLife(home, folder, record);
  const kill = () => {
    if (!running) {
      endBy(SIGKILL);
      return;
    }
    guest.main.signal(SIGKILL);
    setTimeout(endBy, record.config.persistent ? WRITE_BACK_MS : LAST_WORDS_MS, SIGKILL);
  };
  const stop = (signal: number, timeoutMs: number) => {
    if (!running || signal === SIGKILL) {
      kill();
      return;
    }
    guest.main.signal(signal);
    pause.release();
    setTimeout(() => {
      if (running) history.kill(SIGKILL);
      kill();
    }, timerMs(timeoutMs));
  };
  /** Stops the box with its own stop timeout, if no command specifies one. */
  const stopWithDefaults = () => {
    const grace = record.options.stopTimeoutSecs ?? -1;
    stop(record.stopSignal, grace < 0 ? STOP_MS : grace * 1000);
  };
  let endHealth: () => void = () => undefined;
  const startHealthChecks = () => {
    if (!record.health) return;
    endHealth = watchHealth(
      record.health,
      guest.open,
      () => pause.on(),
      (health) => {
        state.change({ health });
        history.health(health);
      },
    );
  };
  const timeLimit = limitTime(record.config.resources.timeout, (seconds) => {
    intent.stopped = true;
    intent.reason = `stopped: its \`timeout\` of ${seconds} s expired`;
    log("info", intent.reason);
    stopWithDefaults();
  });
  const pause = watchPause(
    record.name,
    (task, events) => guest.open({ role: "task", task }, events),
    (paused) => {
      state.change({ paused });
      history.record(paused ? "pause" : "unpause");
    },
  );
  const networks = watchNetworks({
    ...{ id: record.id, name: record.name, interface: peersInterface(record.guest), ...around.networks },
    openTask: (task, events) => guest.open({ role: "task", task }, events),
    onChange: (places) => {
      state.change({ addresses: places });
      return state.written();
    },
  });
  const { link, sidecar } = withSidecar(vm.link, {
    ...{ home, folder, record, places: around.networks.places, lastWords: console.lastWords },
    onReady: () => guest.begin(),
    onFailure: (failure) => settle({ kind: "failed", failure }),
  });
  const openBeside: Open = (what, events) => {
    if (what.role === "exec" && what.sidecar)
      return sidecar ? sidecar.open(what, events) : notReady(events, NO_SIDECAR);
    if (what.role === "task") return pause.task(what.task, events);
    if (what.role !== "exec") return guest.open(what, events);
    return pause.unlessOn(events, () =>
      history.exec(what.program.argv, events, (recorded) => guest.open(what, recorded)),
    );
  };
  const clients = around.openClients({
    onSignal: (signal) => {
      if (signal === record.stopSignal || signal === SIGKILL) intent.stopped = true;
      if (running) {
        history.kill(signal);
        guest.main.signal(signal);
      } else if (ENDING.has(signal)) endBy(signal);
      if (intent.stopped) cancelRestart();
    },
    onStop: (signal, timeoutMs, again) => {
      intent.stopped = true;
      intent.again = again;
      if (running) history.kill(signal);
      history.onStop(signal, timeoutMs);
      stop(signal, timeoutMs);
      cancelRestart();
    },
    onExtend: timeLimit.extend,
    onNetworks: (change) =>
      running ? networks.change(change) : Promise.resolve({ code: "not-ready", message: obstacle }),
    // A box whose run has ended gets its names at its next start.
    onNames: (names) => (obstacle === STARTING ? networks.rename(names) : Promise.resolve(undefined)),
    onStdin: (data) => guest.main.stdin(data),
    onResize: (size) => guest.main.resize(size),
    onOpen: (what, events) => (running ? openBeside(what, events) : notReady(events, obstacle)),
    onAttach: () => history.record("attach"),
    onDetach: () => history.record("detach"),
  });
  const guest = openGuest(
    home,
    link,
    record,
    { ...around, ...around.networks, held: sidecar !== undefined },
    {
      onConfigured: () => sidecar?.start(),
      onStarted: () => {
        running = true;
        // It has changed if the VM of a template did not work.
        state.change({ pid: vm.pid() });
        state.reserve();
        history.record("start");
        log("info", `workload started, ${Date.now() - Date.parse(startedAt)} ms after launch`);
        timeLimit.begin();
        startHealthChecks();
        releasePendingDisk(folder);
        around.onStarted();
        clients.announce({ event: "started" });
      },
      onOutput: (stream, data, acknowledge) => {
        output.append(stream, data);
        clients.output(stream, data, acknowledge);
      },
      onStdinWindow: (bytes) => clients.grantStdin(bytes),
      onExit: (exit) => settle({ kind: "exited", exit }),
      onFailure: (failure) => settle({ kind: "failed", failure }),
      lastWords: console.lastWords,
    },
  );
  clients.add(around.command);
  process.once("SIGTERM", () => {
    intent.leaving = true;
    stopWithDefaults();
    cancelRestart();
  });
  // When the VMM has exited, the last data from the guest may still be in flight.
  void Promise.all([guest.closed, console.ended]).then(() =>
    settle({ kind: "failed", failure: explainDeath(console.lastWords(), running) }),
  );

  /** Waits until the restart policy restarts the box; resolves to false if the restart is canceled. */
  const awaitRestart = async (ended: BoxState, event: Event): Promise<boolean> => {
    obstacle = restarting(record.name);
    const { backoffMs = 0, restartCount = 0 } = ended;
    console.save(boxFiles(folder));
    await orLog(clearRun(folder, record));
    state.change(ended);
    await state.written();
    clients.announce(event);
    const dismissed = clients.dismiss();
    log("info", `restarting in ${backoffMs} ms, restart ${restartCount}`);
    const wanted = await new Promise<boolean>((resolve) => {
      cancelRestart = () => resolve(false);
      setTimeout(resolve, backoffMs, true);
      if (intent.stopped || intent.leaving) resolve(false);
    });
    if (!wanted) return false;
    // A command that has been suspended (Ctrl-Z) may never read its output.
    const limit = new Promise((resolve) => setTimeout(resolve, READERS_MS));
    await Promise.all([orLog(clearBox(home, folder, record)), Promise.race([dismissed, limit])]);
    await Promise.race([clients.close(), limit]);
    return true;
  };

  const outcome = await settled;
  obstacle = ENDED;
  endHealth();
  sidecar?.end();
  log("info", describeOutcome(outcome));
  vm.end();
  await console.ended;
  output.close();
  const ended = toEndState(folder, record, await state.written(), outcome, { ...intent, running, neverRan });
  const event = toEvent(outcome, intent);
  running = false;
  history.die(ended.exitCode ?? 0, ended.oomKilled ?? false);
  if (ended.status === "restarting" && (await awaitRestart(ended, event))) return true;
  if (history.stopped()) history.record("stop");
  await clearAway(home, around, state, { ...ended, status: "exited", ...stoppedState(intent) });
  clients.announce(event);
  // Unlock first: a command that reads slowly must not prevent others from using the box.
  around.unlock();
  await clients.close();
  return false;
}

async function clearAway(
  home: Home,
  { folder, record, vm }: Supervised,
  state: StateWriter,
  ended: BoxState,
): Promise<void> {
  if (record.options.autoRemove) {
    const removed = await orLog(removeBox(home, folder, record.name));
    await orLog(removeAnonymous(home, record));
    if (removed) return;
  }
  vm.console.save(boxFiles(folder));
  await orLog(clearBox(home, folder, record));
  state.end(ended);
  await state.written();
}

function stoppedState({ stopped, again }: StopIntent): Pick<BoxState, "stopped" | "startsAgain"> {
  return { ...(stopped ? { stopped } : {}), ...(again ? { startsAgain: true } : {}) };
}
