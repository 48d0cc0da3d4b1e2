/** Exit code of box where Docker's would be Docker's own: the program in the box was not even started. */
export const EXIT_BOX = 125;

/** A shell's exit codes for programs that it cannot run. */
const CANNOT_RUN: Readonly<Record<string, number>> = { "not-found": 127, "not-executable": 126 };

/** The exit code of a program that did not start for an error of this code. */
export function exitCodeOfStart(code: string): number {
  return (Object.hasOwn(CANNOT_RUN, code) ? CANNOT_RUN[code] : undefined) ?? EXIT_BOX;
}
