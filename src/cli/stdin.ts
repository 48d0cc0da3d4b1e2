import type { ReadStream } from "node:tty";

let opened = false;

/** Standard input. Node's stream for it takes a tenth of a short command's time to make: only for what reads it. */
export function openStdin(): ReadStream {
  opened = true;
  return process.stdin;
}

/** A stdin that was opened, and that somebody still holds open, would keep the process alive. */
export function closeStdin(): void {
  if (opened) process.stdin.destroy();
}
