import { beforeEnding } from "./before-ending.js";
import { openStdin } from "../stdin.js";

/**
 * Puts the terminal of stdin into raw mode, and its output too. The terminal is restored however this process ends, except
 * by SIGKILL or SIGSTOP, which cannot be caught.
 * @returns a function that restores the terminal
 */
export function enterRawMode(): () => void {
  const stdin = openStdin();
  let raw = true;
  stdin.setRawMode(true);
  // Node.js leaves output processing (opost) on, which breaks full-screen programs.
  // child_process is loaded here only, because that takes a third as long as the rest of a `box exec`.
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
      // The terminal no longer exists.
    }
  }
  const done = beforeEnding(leave);
  process.on("exit", leave);
  return leave;
}
