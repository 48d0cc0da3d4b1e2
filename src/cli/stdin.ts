import type { ReadStream } from "node:tty";

let opened = false;

/** Standard input. Creating its stream takes a tenth of the time of a short command, so call this only to read it. */
export function openStdin(): ReadStream {
  opened = true;
  return process.stdin;
}

/** Destroys stdin if it was opened: an open pipe on it would keep the process alive. */
export function closeStdin(): void {
  if (opened) process.stdin.destroy();
}
