/** Signals that ask a command to terminate. */
const ENDING = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;

let controller: AbortController | undefined;
let came: NodeJS.Signals | undefined;

/** Ends this command as if it had received a signal: in raw mode, Ctrl-C at the terminal sends none. */
export function endBy(signal: NodeJS.Signals): void {
  restoreSignals();
  came = signal;
  controller?.abort();
}

/** Restores the default action of signals; one that was received before is still honored by `endIfAsked`. */
export function restoreSignals(): void {
  for (const signal of ENDING) process.off(signal, endBy);
}

/**
 * Returns a signal for verbs that have something to clean up. It is aborted by the first terminating signal, which takes
 * effect afterwards (`endIfAsked`); the second one terminates this process at once.
 */
export function untilEnded(): AbortSignal {
  if (!controller) {
    controller = new AbortController();
    for (const signal of ENDING) process.on(signal, endBy);
  }
  return controller.signal;
}

/** Whether a signal has asked this command to terminate; errors after that are not reported. */
export const isEnding = (): boolean => came !== undefined;

/** Terminates this process by the signal that it has received, if any, so that shells see 130 after Ctrl-C. */
export async function endIfAsked(): Promise<void> {
  if (came === undefined) return;
  process.kill(process.pid, came);
  // The signal takes effect in a moment.
  await new Promise((resolve) => setTimeout(resolve, 10_000));
}
