import type { Socket } from "node:net";
import { boxFiles } from "../box/files.js";
import type { BoxRecord, BoxState } from "../box/record.js";
import { clearBox, removeBox } from "../box/remove.js";
import { writeState } from "../box/state.js";
import type { Event } from "../control/wire.js";
import { removeAnonymous } from "../volume/anonymous.js";
import type { Clients, Requests } from "./clients.js";
import type { Console } from "./console.js";
import { explainDeath, type Failure } from "./failure.js";
import { openGuest } from "./guest-link.js";
import { log } from "./log.js";
import { openOutputLog } from "./output-log.js";
import { toExitCode, type GuestExit } from "./session.js";

export interface Surroundings {
  folder: string;
  record: BoxRecord;
  /** Seccomp filter of the box's programs. */
  filter: Buffer | null;
  vmmPid: number;
  /** With its prefix, on the named network that the box is on. */
  address: string | undefined;
  agent: Socket;
  console: Console;
  /** The command that started the box. */
  command: Socket;
  openClients: (requests: Requests) => Clients;
}

type Outcome = { kind: "exited"; exit: GuestExit } | { kind: "failed"; failure: Failure };

const SIGKILL = 9;
/** Signals that end a program unless it has other plans: enough to give up a box that is still booting. */
const ENDING = new Set([1, 2, 3, SIGKILL, 15]);
/** After the workload was killed, how long the guest has to say so before the VM is ended, in milliseconds. */
const LAST_WORDS_MS = 5_000;
/** The same where it has files to write back before. */
const WRITE_BACK_MS = 60_000;
/** How long a workload that has outlived its box's time may take to end, in milliseconds, as `box stop` gives it. */
const STOP_MS = 10_000;

/** Watches over one life of a box: from the start of its VMM until nothing of it is left running. */
export async function watchOver(around: Surroundings): Promise<void> {
  const { folder, record, console } = around;
  const startedAt = new Date().toISOString();
  const recorded = writeState(folder, { status: "running", startedAt, ...networkState(around.address) });
  const output = openOutputLog(boxFiles(folder).log, (error) =>
    log("error", `output is being lost: ${String(error)}`),
  );
  let settle: (outcome: Outcome) => void = () => undefined;
  const settled = new Promise<Outcome>((resolve) => (settle = resolve));
  let running = false;
  let reason: string | undefined;

  const endBy = (signal: number) => settle({ kind: "exited", exit: { code: 0, signal, oomKilled: false } });
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
    setTimeout(kill, timeoutMs);
  };
  const limitLife = () => {
    const { timeout } = record.config.resources;
    if (timeout === 0) return;
    setTimeout(() => {
      reason = `stopped: its --timeout of ${timeout} s was over`;
      log("info", reason);
      const grace = record.options.stopTimeoutSecs ?? -1;
      stop(record.stopSignal, grace < 0 ? STOP_MS : grace * 1000);
    }, timeout * 1000);
  };
  const clients = around.openClients({
    onSignal: (signal) => {
      if (running) guest.main.signal(signal);
      else if (ENDING.has(signal)) endBy(signal);
    },
    onStop: stop,
    onStdin: (data) => guest.main.stdin(data),
    onArchive: (what, events) => (running ? guest.archive(what, events) : undefined),
    onExec: (program, events) => (running ? guest.exec(program, events) : undefined),
  });
  const guest = openGuest(around.agent, record, around, {
    onStarted: () => {
      running = true;
      log("info", `the workload runs, ${Date.now() - Date.parse(startedAt)} ms after the start`);
      limitLife();
      clients.announce({ event: "started" });
    },
    onOutput: (stream, data, taken) => {
      output.append(stream, data);
      clients.output(stream, data, taken);
    },
    onStdinWindow: (bytes) => clients.grantStdin(bytes),
    onExit: (exit) => settle({ kind: "exited", exit }),
    onFailure: (failure) => settle({ kind: "failed", failure }),
    consoleTail: () => console.tail(10),
  });
  clients.add(around.command);
  // The guest's last words may still be on their way when the VMM has ended.
  void Promise.all([guest.closed, console.ended]).then(() =>
    settle({ kind: "failed", failure: explainDeath(console.tail(10), running) }),
  );

  const outcome = await settled;
  log("info", describe(outcome));
  endVmm(around.vmmPid);
  await Promise.all([console.ended, recorded]);
  output.close();
  await clearAway(around, toState(outcome, startedAt, reason));
  clients.announce(toEvent(outcome, reason));
  await clients.close();
}

/** The VMM is this process's child, so its number cannot have become somebody else's. */
function endVmm(pid: number): void {
  try {
    process.kill(pid, SIGKILL);
  } catch (error) {
    log("warn", `cannot end the VMM: ${String(error)}`);
  }
}

async function clearAway({ folder, record, console }: Surroundings, state: BoxState): Promise<void> {
  if (record.options.autoRemove) {
    await removeBox(folder, record.name);
    return removeAnonymous(record);
  }
  console.save(boxFiles(folder).console);
  await clearBox(folder, record);
  await writeState(folder, state);
}

/** The address on a named network, which is the box's for as long as it runs. */
function networkState(address: string | undefined): Pick<BoxState, "address"> {
  return address === undefined ? {} : { address: address.replace(/\/.*/, "") };
}

function describe(outcome: Outcome): string {
  if (outcome.kind === "failed") return `failed: ${outcome.failure.message}`;
  const { code, signal, oomKilled } = outcome.exit;
  return `ended ${signal === undefined ? `with code ${code}` : `by signal ${signal}`}${oomKilled ? ", out of memory" : ""}`;
}

function toState(outcome: Outcome, startedAt: string, reason: string | undefined): BoxState {
  const ended = { status: "exited", startedAt, finishedAt: new Date().toISOString() } as const;
  if (outcome.kind === "exited") {
    const exit = { exitCode: toExitCode(outcome.exit), oomKilled: outcome.exit.oomKilled };
    return { ...ended, ...exit, ...(reason === undefined ? {} : { error: reason }) };
  }
  return { ...ended, exitCode: outcome.failure.exitCode, error: outcome.failure.message };
}

function toEvent(outcome: Outcome, reason: string | undefined): Event {
  if (outcome.kind === "failed") return { event: "failed", ...outcome.failure };
  const { exit } = outcome;
  const why = reason === undefined ? {} : { reason };
  return { event: "exited", exitCode: toExitCode(exit), oomKilled: exit.oomKilled, ...why };
}
