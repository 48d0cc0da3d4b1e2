/** Signals that end a command that does not catch them. */
const ENDING = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM"] as const;

/**
 * Has a signal that ends this process clean up before; SIGKILL leaves no time for that.
 * @returns to be called when nothing is to be cleaned up any more
 */
export function beforeEnding(cleanUp: () => void): () => void {
  function off(): void {
    for (const signal of ENDING) process.off(signal, end);
  }
  function end(signal: NodeJS.Signals): void {
    off();
    try {
      cleanUp();
    } finally {
      process.kill(process.pid, signal);
    }
  }
  for (const signal of ENDING) process.on(signal, end);
  return off;
}
