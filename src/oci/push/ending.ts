const ENDING: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Lets a signal that would end this process stop some work first; the second one ends it at once.
 * @returns to be called when the work has stopped: now a signal that came ends the process
 */
export function deferEnding(stop: () => void): () => void {
  let came: NodeJS.Signals | undefined;
  function off(): void {
    for (const signal of ENDING) process.off(signal, end);
  }
  function end(signal: NodeJS.Signals): void {
    off();
    came = signal;
    stop();
  }
  for (const signal of ENDING) process.on(signal, end);
  return () => {
    off();
    if (came) process.kill(process.pid, came);
  };
}
