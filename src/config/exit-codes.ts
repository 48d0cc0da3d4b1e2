/** Exit code for errors of box itself, as for those of Docker: the program in the box was not started. */
export const EXIT_BOX = 125;

/** Exit codes of shells for programs that they cannot run. */
const CANNOT_RUN: Readonly<Record<string, number>> = { "not-found": 127, "not-executable": 126 };

/** Returns the exit code for a program that did not start because of an error with this code. */
export function exitCodeOfStart(code: string): number {
  return (Object.hasOwn(CANNOT_RUN, code) ? CANNOT_RUN[code] : undefined) ?? EXIT_BOX;
}
