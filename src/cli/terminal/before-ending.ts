/** Signals that terminate a command that does not catch them. */
const ENDING = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM"] as const;

/**
 * Cleans up before a signal terminates this process; SIGKILL cannot be caught.
 * @returns a function that removes the handlers once there is nothing left to clean up
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
