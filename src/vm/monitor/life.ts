import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { boxFiles, controlSocket } from "../box/files.js";
import type { BoxRecord, BoxState } from "../box/record.js";
import { removeBox } from "../box/remove.js";
import { writeState } from "../box/state.js";
import type { Event } from "../control/wire.js";
import { removeAnonymous } from "../volume/anonymous.js";
import type { Clients, Requests } from "./clients.js";
import type { Console } from "./console.js";
import { explainDeath, type Failure } from "./failure.js";
import { openGuest, type GuestExit } from "./guest-link.js";
import { log } from "./log.js";
import { openOutputLog } from "./output-log.js";

export interface Surroundings {
  folder: string;
  record: BoxRecord;
  /** Seccomp filter of the box's programs. */
  filter: Buffer | null;
  vmmPid: number;
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

/** Watches over one life of a box: from the start of its VMM until nothing of it is left running. */
export async function watchOver(around: Surroundings): Promise<void> {
  const { folder, record, console } = around;
  const startedAt = new Date().toISOString();
  const recorded = writeState(folder, { status: "running", startedAt });
  const output = openOutputLog(boxFiles(folder).log, (error) =>
    log("error", `output is being lost: ${String(error)}`),
  );
  let settle: (outcome: Outcome) => void = () => undefined;
  const settled = new Promise<Outcome>((resolve) => (settle = resolve));
  let running = false;

  const endBy = (signal: number) => settle({ kind: "exited", exit: { code: 0, signal, oomKilled: false } });
  const kill = () => {
    if (!running) {
      endBy(SIGKILL);
      return;
    }
    guest.signal(SIGKILL);
    setTimeout(endBy, LAST_WORDS_MS, SIGKILL);
  };
  const clients = around.openClients({
    onSignal: (signal) => {
      if (running) guest.signal(signal);
      else if (ENDING.has(signal)) endBy(signal);
    },
    onStop: (signal, timeoutMs) => {
      if (!running || signal === SIGKILL) return kill();
      guest.signal(signal);
      setTimeout(kill, timeoutMs);
    },
    onStdin: (data) => guest.stdin(data),
  });
  const guest = openGuest(around.agent, record, around.filter, {
    onStarted: () => {
      running = true;
      log("info", `the workload runs, ${Date.now() - Date.parse(startedAt)} ms after the start`);
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
  await clearAway(around, toState(outcome, startedAt));
  clients.announce(toEvent(outcome));
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
  const files = boxFiles(folder);
  if (record.options.autoRemove) {
    await removeBox(folder, record.name);
    return removeAnonymous(record);
  }
  console.save(files.console);
  await Promise.all([rm(files.upper, { force: true }), rm(controlSocket(record.id), { force: true })]);
  await writeState(folder, state);
}

function describe(outcome: Outcome): string {
  if (outcome.kind === "failed") return `failed: ${outcome.failure.message}`;
  const { code, signal, oomKilled } = outcome.exit;
  return `ended ${signal === undefined ? `with code ${code}` : `by signal ${signal}`}${oomKilled ? ", out of memory" : ""}`;
}

/** How a workload's end looks to a shell. */
function toExitCode(exit: GuestExit): number {
  return exit.signal === undefined ? exit.code : 128 + exit.signal;
}

function toState(outcome: Outcome, startedAt: string): BoxState {
  const ended = { status: "exited", startedAt, finishedAt: new Date().toISOString() } as const;
  if (outcome.kind === "exited") {
    return { ...ended, exitCode: toExitCode(outcome.exit), oomKilled: outcome.exit.oomKilled };
  }
  return { ...ended, exitCode: outcome.failure.exitCode, error: outcome.failure.message };
}

function toEvent(outcome: Outcome): Event {
  if (outcome.kind === "failed") return { event: "failed", ...outcome.failure };
  return { event: "exited", exitCode: toExitCode(outcome.exit), oomKilled: outcome.exit.oomKilled };
}
