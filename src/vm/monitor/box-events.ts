import { randomBytes } from "node:crypto";
import { recordEventOf } from "../box/event.js";
import type { BoxRecord } from "../box/record.js";
import { SIGKILL } from "../../host/signals.js";
import { type Health } from "./health.js";
import { toExitCode, type Session, type SessionEvents } from "./session.js";
import type { Home } from "../../host/home.js";

/** Records the events of one run of a box, for `box events`. */
export interface BoxEvents {
  record: (action: string, more?: Record<string, string>) => void;
  /** Records a signal sent to the workload. */
  kill: (signal: number) => void;
  /** Called when a command asks to stop the box. */
  onStop: (signal: number, timeoutMs: number) => void;
  /** Whether the box was stopped by `box stop` rather than `box kill`. */
  stopped: () => boolean;
  die: (exitCode: number, oomKilled: boolean) => void;
  health: (health: Health) => void;
  /** Starts a program with `open`, and records its start and exit. */
  exec: (
    argv: string[],
    events: SessionEvents,
    open: (events: SessionEvents) => Session | undefined,
  ) => Session | undefined;
}

export function recordLife(home: Home, folder: string, kept: BoxRecord): BoxEvents {
  const startedMs = Date.now();
  const record = (action: string, more?: Record<string, string>) =>
    recordEventOf(home, folder, kept, action, more);
  const kill = (signal: number) => record("kill", { signal: String(signal) });
  let stopped = false;
  let health = "starting";
  return {
    record,
    kill,
    onStop: (signal, timeoutMs) => {
      // `box kill` and `box rm -f` send SIGKILL without a timeout.
      stopped ||= signal !== SIGKILL || timeoutMs > 0;
    },
    stopped: () => stopped,
    die: (exitCode, oomKilled) => {
      if (oomKilled) record("oom");
      const seconds = Math.floor((Date.now() - startedMs) / 1000);
      record("die", { exitCode: String(exitCode), execDuration: String(seconds) });
    },
    health: ({ status }) => {
      if (status !== health) record(`health_status: ${status}`);
      health = status;
    },
    exec: (argv, events, open) => {
      const execID = randomBytes(32).toString("hex");
      const line = argv.join(" ");
      const session = open({
        ...events,
        onStarted: () => {
          events.onStarted?.();
          record(`exec_start: ${line}`, { execID });
        },
        onExit: (exit) => {
          events.onExit(exit);
          record("exec_die", { execID, exitCode: String(toExitCode(exit)) });
        },
      });
      if (session) record(`exec_create: ${line}`, { execID });
      return session;
    },
  };
}
