import type { Session, TerminalSize } from "../../engine/boxes.js";
import { BoxError } from "../../errors.js";
import { enterRawMode } from "./raw-mode.js";
import { openStdin } from "../stdin.js";

/** The size of the terminal that output goes to; zeros if it is not a terminal. */
export function terminalSize(): TerminalSize {
  const { isTTY, rows, columns } = process.stdout;
  return isTTY ? { rows, columns } : { rows: 0, columns: 0 };
}

/**
 * As with Docker, the terminal of a box accepts input from a terminal only.
 * @throws BoxError not-a-terminal
 */
export function requireTerminal(): void {
  if (openStdin().isTTY) return;
  throw new BoxError("not-a-terminal", "-i and -t: the input device is not a TTY", {
    hint: "omit -t if standard input is a file or a pipe",
  });
}

export interface TerminalForwarding {
  /** Call this when the program runs: if stdin is forwarded, all keys are for the program from then on. */
  onStarted: () => void;
  /** Restores the terminal. */
  end: () => void;
}

/** Forwards this command's terminal to a program in a box: the program's terminal follows its size. */
export function forwardTerminal(session: Session, stdin: boolean): TerminalForwarding {
  const sendSize = () => session.resize(terminalSize());
  let leaveRawMode: (() => void) | undefined;
  process.stdout.on("resize", sendSize);
  return {
    onStarted: () => {
      if (stdin) leaveRawMode ??= enterRawMode();
    },
    end: () => {
      process.stdout.off("resize", sendSize);
      leaveRawMode?.();
    },
  };
}

/** Sends the terminal size twice, first a different one, such that full-screen programs redraw. */
export function forceRedraw(session: Session): void {
  const { rows, columns } = terminalSize();
  if (rows === 0) return;
  for (const row of [rows + 1, rows]) session.resize({ rows: row, columns });
}
