import { constants } from "node:os";

export const { SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGTERM } = constants.signals;

/** Returns the exit code with which a shell reports a program killed by a signal. */
export function exitCodeOfSignal(signal: number): number {
  return 128 + signal;
}

/** Exit code of a program killed by SIGKILL, as all programs are when their box ends. */
export const KILLED = exitCodeOfSignal(SIGKILL);
