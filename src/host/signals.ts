import { constants } from "node:os";

export const { SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGTERM } = constants.signals;

/** How the end of a program by a signal looks to a shell. */
export function exitCodeOfSignal(signal: number): number {
  return 128 + signal;
}

/** Exit code of a program that SIGKILL has ended, as all are when their box ends. */
export const KILLED = exitCodeOfSignal(SIGKILL);
