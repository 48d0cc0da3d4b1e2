import { spawn, type StdioOptions } from "node:child_process";
import { onAbort } from "../../../host/abort.js";

export interface Ended {
  /** Exit code, or the name of the signal that terminated it. */
  end: number | string;
  /** The last part of its standard output. */
  output: string;
  /** The first part of its standard error. */
  errors: string;
}

interface RunProgramOptions {
  /** Interrupts the program, as Ctrl-C does; it is waited for all the same. */
  signal?: AbortSignal | undefined;
  /** After this time, the program and those that it started are killed. */
  limitMs?: number;
}

/** How much of each stream is kept. */
const MOST_OUTPUT = 1 << 16;
/** A daemon that the program has started may keep its pipes open for ever; what is in them is read within this time. */
const DRAIN_MS = 500;

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, or belongs to root: sudo gets the terminal's Ctrl-C itself.
  }
}

/** Runs a program without input until it exits. @throws the system error if it cannot be started */
export function runProgram(
  program: string,
  words: readonly string[],
  { signal, limitMs }: RunProgramOptions = {},
): Promise<Ended> {
  const isLimited = limitMs !== undefined;
  const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
  // A group of its own can be killed as a whole, but could not ask for a password on the terminal.
  const child = spawn(program, words, { stdio, detached: isLimited });
  let [output, errors] = ["", ""];
  child.stdout
    ?.setEncoding("utf8")
    .on("data", (data: string) => (output = (output + data).slice(-MOST_OUTPUT)));
  child.stderr
    ?.setEncoding("utf8")
    .on("data", (data: string) => (errors = (errors + data).slice(0, MOST_OUTPUT)));
  const { pid } = child;
  const off = pid === undefined ? () => undefined : onAbort(signal, () => send(pid, "SIGINT"));
  return new Promise((resolve, reject) => {
    const kill =
      isLimited && pid !== undefined ? setTimeout(() => send(-pid, "SIGKILL"), limitMs) : undefined;
    const stop = () => {
      clearTimeout(kill);
      off();
    };
    child.once("error", (error) => {
      stop();
      reject(error);
    });
    child.once("exit", (code, killed) => {
      stop();
      const end = code ?? killed ?? "";
      const drained = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS);
      child.once("close", () => {
        clearTimeout(drained);
        resolve({ end, output, errors });
      });
    });
  });
}
