/** Signals that ask a command to end. */
const ENDING = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;

let controller: AbortController | undefined;
let came: NodeJS.Signals | undefined;

function end(signal: NodeJS.Signals): void {
  restoreSignals();
  came = signal;
  controller?.abort();
}

/** From now on signals do what they do to any program; one that has come is not forgotten. */
export function restoreSignals(): void {
  for (const signal of ENDING) process.off(signal, end);
}

/**
 * For a verb that has something to clear away: aborted by the first signal that asks this command to end, which then ends
 * it by that signal (`endIfAsked`). The second one ends it at once.
 */
export function untilEnded(): AbortSignal {
  if (!controller) {
    controller = new AbortController();
    for (const signal of ENDING) process.on(signal, end);
  }
  return controller.signal;
}

/** Whether a signal has asked this command to end: what fails then is no failure. */
export const isEnding = (): boolean => came !== undefined;

/** Ends this process by the signal that has asked for it, if one has: shells make 130 of Ctrl-C. */
export async function endIfAsked(): Promise<void> {
  if (came === undefined) return;
  process.kill(process.pid, came);
  // It ends in a moment; nothing more is done until then.
  await new Promise((resolve) => setTimeout(resolve, 10_000));
}
