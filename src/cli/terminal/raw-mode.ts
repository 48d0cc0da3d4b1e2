import { openStdin } from "../stdin.js";

/** Signals that end a command that does not catch them. */
const ENDING = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM"] as const;

/**
 * Makes stdin, a terminal, carry every key as it is, and its output every byte. However this process ends, the terminal is
 * as it was before; only SIGKILL and SIGSTOP leave no time for that.
 * @returns brings the terminal back
 */
export function enterRawMode(): () => void {
  const stdin = openStdin();
  let raw = true;
  stdin.setRawMode(true);
  // Node.js leaves a newline to be the start of a new line as well; a program that draws a screen means it otherwise.
  // What starts programs is loaded here alone: it takes as long as a third of the rest of a `box exec`.
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });

  function leave(): void {
    if (!raw) return;
    raw = false;
    process.off("exit", leave);
    for (const name of ENDING) process.off(name, endBy);
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  }
  function endBy(signal: NodeJS.Signals): void {
    leave();
    process.kill(process.pid, signal);
  }
  for (const name of ENDING) process.on(name, endBy);
  process.on("exit", leave);
  return leave;
}
