import { beforeEnding } from "./before-ending.js";
import { openStdin } from "../stdin.js";

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
    done();
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  }
  const done = beforeEnding(leave);
  process.on("exit", leave);
  return leave;
}
