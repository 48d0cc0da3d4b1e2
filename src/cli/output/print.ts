import { BoxError, EXIT_BOX } from "../../config/errors.js";
import { explainOwnFailure } from "../../config/write-failure.js";

/** Writes a line for the user or the script: the result of a command. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line beside the result: on stderr. */
export function printNotice(line: string): void {
  process.stderr.write(`${line}\n`);
}

function colour(code: number, text: string): string {
  const wanted = process.stderr.isTTY && !process.env["NO_COLOR"];
  return wanted ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** Control characters of a guest or a registry must not reach the terminal. */
function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Tells of something that does not hold as asked for, while the command goes on. */
export function printWarning(text: string): void {
  process.stderr.write(`${colour(33, "warning:")} ${harmless(text)}\n`);
}

/**
 * Shows an error and tells the exit code of the command. The stack appears only when `debug` is set; a mistake of
 * box's own looks like any other error otherwise.
 */
export function reportError(caught: unknown, debug: boolean): number {
  const error = explainOwnFailure(caught);
  const known = error instanceof BoxError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${colour(31, "box:")} ${harmless(message)}\n`);
  if (known && error.hint !== undefined)
    process.stderr.write(`${colour(36, "hint:")} ${harmless(error.hint)}\n`);
  if (debug) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      process.stderr.write(`${cause.stack ?? cause.message}\n`);
    }
  }
  return known ? error.exitCode : EXIT_BOX;
}
