import { constants } from "node:os";
import type { Session } from "../../engine/boxes.js";
import { SIGINT } from "../../host/signals.js";

/** Signals that go on to the workload. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;

/** From this many Ctrl-C on, the box, or the program in it, is killed without asking it. */
const INSIST = 3;

export interface Signals {
  /** Hands them on from now on, those that came meanwhile first. */
  passTo: (session: Session) => void;
  /** They are this command's own again. */
  release: () => void;
}

/** From now on, signals to this process are meant for the workload, or for another program of a box. */
export function catchSignals(): Signals {
  const early: number[] = [];
  let interrupts = 0;
  let pass = (signal: number): void => void early.push(signal);
  const listener = (name: NodeJS.Signals) => pass(constants.signals[name]);
  for (const name of FORWARDED) process.on(name, listener);
  return {
    passTo: (session) => {
      pass = (signal) => {
        if (signal === SIGINT && ++interrupts >= INSIST) session.kill();
        else session.signal(signal);
      };
      for (const signal of early) pass(signal);
    },
    release: () => {
      for (const name of FORWARDED) process.off(name, listener);
    },
  };
}
