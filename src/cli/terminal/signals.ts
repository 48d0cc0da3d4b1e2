import { constants } from "node:os";
import type { Session } from "../../engine/boxes.js";
import { SIGINT } from "../../host/signals.js";

/** Signals that are forwarded to the workload. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;

/** From this many Ctrl-C on, the box or the program in it is killed. */
const MAX_INTERRUPTS = 3;

export interface Signals {
  /** Starts forwarding signals to a session, beginning with those received so far. */
  passTo: (session: Session) => void;
  /** Stops catching signals. */
  release: () => void;
}

/** Catches signals, to be forwarded to the workload or another program of a box. */
export function catchSignals(): Signals {
  const early: number[] = [];
  let interrupts = 0;
  let pass = (signal: number): void => void early.push(signal);
  const listener = (name: NodeJS.Signals) => pass(constants.signals[name]);
  for (const name of FORWARDED) process.on(name, listener);
  return {
    passTo: (session) => {
      pass = (signal) => {
        if (signal === SIGINT && ++interrupts >= MAX_INTERRUPTS) session.kill();
        else session.signal(signal);
      };
      for (const signal of early) pass(signal);
    },
    release: () => {
      for (const name of FORWARDED) process.off(name, listener);
    },
  };
}
