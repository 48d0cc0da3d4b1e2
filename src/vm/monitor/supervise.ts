import type { Socket } from "node:net";
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
import type { Console } from "./console.js";
import { describeOutcome, toEndState, toEvent, type Outcome, type StopIntent } from "./ending.js";
import { endVmm } from "./end-vmm.js";
import { explainDeath, explainUnrecorded } from "./failure.js";
import { openGuest, type Open } from "./guest.js";
import type { GuestLink } from "./guest-link.js";
import { UNKNOWN, watchHealth } from "./health.js";
import { log, orLog } from "./log.js";
import { watchPause } from "./pause.js";
import { openOutputLog } from "./output-log.js";
import { openStateWriter, type StateWriter } from "./state-writer.js";
import { limitTime } from "./time-limit.js";
import type { Home } from "../../host/home.js";

export interface Supervised {
  folder: string;
  record: BoxRecord;
  /** What is kept of the box's state from its last life. */
  before: Pick<BoxState, "restartCount" | "backoffMs">;
  /** Seccomp filter of the box's programs. */
  filter: Buffer | null;
  vmmPid: number;
  /** With its prefix, on the named network that the box is on. */
  address: string | undefined;
  /** The way to its guest. */
  link: GuestLink;
  console: Console;
  /** The command that started the box. */
  command: Socket;
  openClients: (requests: Requests) => Clients;
  /** Gives the box's lock back: whoever wants may start it again. */
  unlock: () => void;
}

/** Signals that end a program unless it has other plans: enough to give up a box that is still booting. */
const ENDING = new Set([SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM]);
/** After the workload was killed, how long the guest has to say so before the VM is ended, in milliseconds. */
const LAST_WORDS_MS = 5_000;
/** The same where it has files to write back before. */
const WRITE_BACK_MS = 60_000;
/** How long a workload that has outlived its box's time may take to end, in milliseconds, as `box stop` gives it. */
const STOP_MS = 10_000;
/** How long the next life waits for commands that have not taken all of the last one's output, in milliseconds. */
const READERS_MS = 10_000;

/**
 * Watches over one life of a box: from the start of its VMM until nothing of it is left running, and until its restart
 * policy, if it has one, has waited for the next life.
 * @returns whether the box is to be started again
 */
export async function supervise(home: Home, around: Supervised): Promise<boolean> {
  const { folder, record, console } = around;
  const startedAt = new Date().toISOString();
  let settle: (outcome: Outcome) => void = () => undefined;
  const settled = new Promise<Outcome>((resolve) => (settle = resolve));
  const state = openStateWriter(
    folder,
    {
      status: "running",
      startedAt,
      ...around.before,
      ...(record.health ? { health: UNKNOWN } : {}),
      ...networkState(around.address),
    },
    (error) => settle({ kind: "failed", failure: explainUnrecorded(home, error) }),
  );
  const output = openOutputLog(boxFiles(folder).log, rotationOf(record.options), (error) =>
    log("error", `output is being lost: ${String(error)}`),
  );
  let cancelRestart: () => void = () => undefined;
  let running = false;
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
  /** In the time that the box has for it, when no command says how long. */
  const stopInTime = () => {
    const grace = record.options.stopTimeoutSecs ?? -1;
    stop(record.stopSignal, grace < 0 ? STOP_MS : grace * 1000);
  };
  let endHealth: () => void = () => undefined;
  const lookAfter = () => {
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
    intent.reason = `stopped: its \`timeout\` of ${seconds} s was over`;
    log("info", intent.reason);
    stopInTime();
  });
  const pause = watchPause(
    record.name,
    (task, events) => guest.open({ role: "task", task }, events),
    (paused) => {
      state.change({ paused });
      history.record(paused ? "pause" : "unpause");
    },
  );
  const openBeside: Open = (what, events) => {
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
    onStdin: (data) => guest.main.stdin(data),
    onResize: (size) => guest.main.resize(size),
    onOpen: (what, events) => (running ? openBeside(what, events) : undefined),
    onAttach: () => history.record("attach"),
    onDetach: () => history.record("detach"),
  });
  const guest = openGuest(home, around.link, record, around, {
    onStarted: () => {
      running = true;
      state.reserve();
      history.record("start");
      log("info", `the workload runs, ${Date.now() - Date.parse(startedAt)} ms after the start`);
      timeLimit.begin();
      lookAfter();
      releasePendingDisk(folder);
      clients.announce({ event: "started" });
    },
    onOutput: (stream, data, taken) => {
      output.append(stream, data);
      clients.output(stream, data, taken);
    },
    onStdinWindow: (bytes) => clients.grantStdin(bytes),
    onExit: (exit) => settle({ kind: "exited", exit }),
    onFailure: (failure) => settle({ kind: "failed", failure }),
    lastWords: console.lastWords,
  });
  clients.add(around.command);
  process.once("SIGTERM", () => {
    intent.leaving = true;
    stopInTime();
    cancelRestart();
  });
  // The guest's last words may still be on their way when the VMM has ended.
  void Promise.all([guest.closed, console.ended]).then(() =>
    settle({ kind: "failed", failure: explainDeath(console.lastWords(), running) }),
  );

  /** As the restart policy has it; false when the box is to stay down after all. */
  const awaitNextLife = async (ended: BoxState, event: Event): Promise<boolean> => {
    const { backoffMs = 0, restartCount = 0 } = ended;
    console.save(boxFiles(folder));
    await orLog(clearRun(folder, record));
    state.change(ended);
    await state.written();
    clients.announce(event);
    const dismissed = clients.dismiss();
    log("info", `starts again in ${backoffMs} ms, restart ${restartCount}`);
    const wanted = await new Promise<boolean>((resolve) => {
      cancelRestart = () => resolve(false);
      setTimeout(resolve, backoffMs, true);
      if (intent.stopped || intent.leaving) resolve(false);
    });
    if (!wanted) return false;
    // One that has been stopped (Ctrl-Z) may never take it.
    const patience = new Promise((resolve) => setTimeout(resolve, READERS_MS));
    await Promise.all([orLog(clearBox(home, folder, record)), Promise.race([dismissed, patience])]);
    await Promise.race([clients.close(), patience]);
    return true;
  };

  const outcome = await settled;
  endHealth();
  log("info", describeOutcome(outcome));
  endVmm(around.vmmPid);
  await console.ended;
  output.close();
  const ended = toEndState(folder, record, await state.written(), outcome, { ...intent, running });
  const event = toEvent(outcome, intent);
  running = false;
  history.die(ended.exitCode ?? 0, ended.oomKilled ?? false);
  if (ended.status === "restarting" && (await awaitNextLife(ended, event))) return true;
  if (history.stopped()) history.record("stop");
  await clearAway(home, around, state, { ...ended, status: "exited", ...stoppedState(intent) });
  clients.announce(event);
  // A command that reads slowly gets the rest in its own time, and keeps nobody from using the box.
  around.unlock();
  await clients.close();
  return false;
}

async function clearAway(
  home: Home,
  { folder, record, console }: Supervised,
  state: StateWriter,
  ended: BoxState,
): Promise<void> {
  if (record.options.autoRemove) {
    const removed = await orLog(removeBox(home, folder, record.name));
    await orLog(removeAnonymous(home, record));
    if (removed) return;
  }
  console.save(boxFiles(folder));
  await orLog(clearBox(home, folder, record));
  state.end(ended);
  await state.written();
}

/** The address on a named network, which is the box's for as long as it runs. */
function networkState(address: string | undefined): Pick<BoxState, "address"> {
  return address === undefined ? {} : { address: address.replace(/\/.*/, "") };
}

function stoppedState({ stopped, again }: StopIntent): Pick<BoxState, "stopped" | "startsAgain"> {
  return { ...(stopped ? { stopped } : {}), ...(again ? { startsAgain: true } : {}) };
}
