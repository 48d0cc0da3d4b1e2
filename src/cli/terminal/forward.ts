import type { Session, TerminalSize } from "../../engine/boxes.js";
import { BoxError } from "../../errors.js";
import { enterRawMode } from "./raw-mode.js";
import { openStdin } from "../stdin.js";

/** The size of the terminal that output goes to, if it is one. */
export function terminalSize(): TerminalSize {
  const { isTTY, rows, columns } = process.stdout;
  return isTTY ? { rows, columns } : { rows: 0, columns: 0 };
}

/**
 * Keys for a terminal in a box come from a terminal only, as with Docker.
 * @throws BoxError not-a-terminal
 */
export function requireTerminal(): void {
  if (openStdin().isTTY) return;
  throw new BoxError("not-a-terminal", "-i and -t: the input device is not a TTY", {
    hint: "leave out -t where standard input is a file or a pipe",
  });
}

export interface TerminalForwarding {
  /** The program runs: keys are its own from now on, when stdin is carried. */
  onStarted: () => void;
  /** The terminal is as it was before. */
  end: () => void;
}

/** Lends the terminal of this command to a program in a box: its size follows this one's. */
export function forwardTerminal(session: Session, stdin: boolean): TerminalForwarding {
  const tell = () => session.resize(terminalSize());
  let leaveRawMode: (() => void) | undefined;
  process.stdout.on("resize", tell);
  return {
    onStarted: () => {
      if (stdin) leaveRawMode ??= enterRawMode();
    },
    end: () => {
      process.stdout.off("resize", tell);
      leaveRawMode?.();
    },
  };
}

/** Tells the terminal of a workload its size in a way that has a program that fills the screen draw it again. */
export function forceRedraw(session: Session): void {
  const { rows, columns } = terminalSize();
  if (rows === 0) return;
  for (const row of [rows + 1, rows]) session.resize({ rows: row, columns });
}
