import { BoxError, messageOf } from "../../errors.js";
import { visible, visibleLines, visibleMessage } from "../../config/syntax/visible.js";
import { explainSystemFailure } from "../../host/system-failure.js";
import { explainOwnFailure } from "../../host/write-failure.js";
import { inFlags, optionOf } from "../flags/option-names.js";
import { hintOf } from "../hints.js";
import { currentHome } from "../home.js";
import { speakerOf } from "./speaker.js";

/**
 * Prints a line of a command's result. Control characters are escaped, except line breaks and tabs: escape values with
 * `visible` before putting them into columns.
 */
export function printLine(line: string): void {
  process.stdout.write(`${visibleLines(line)}\n`);
}

/** Prints a command's result without a line break at its end. Escapes as `printLine` does. */
export function printRaw(text: string): void {
  process.stdout.write(visibleLines(text));
}

/** Prints a line that is not part of the result, on stderr. */
export function printNotice(line: string): void {
  process.stderr.write(`${visibleLines(line)}\n`);
}

/** Prints a help text, which ends with a line break. */
export function printHelp(text: string, stream: "stdout" | "stderr"): void {
  process[stream].write(text);
}

/** Prints a prompt; the answer is typed after it. */
export function printQuestion(question: string, stream: NodeJS.WritableStream = process.stderr): void {
  stream.write(visible(question));
}

/** Ends the line of a prompt whose answer is not echoed. */
export function printNewLine(): void {
  process.stderr.write("\n");
}

/** Prints lines in place of the previous ones, on a terminal. Leaves no terminal state to restore. */
export function printScreen(lines: readonly string[], first: boolean): void {
  const [home, clear, restOfLine, restOfScreen] = ["\u001b[H", "\u001b[2J", "\u001b[K", "\u001b[J"];
  const text = lines.map((line) => `${visible(line)}${restOfLine}\n`).join("");
  process.stdout.write(`${first ? clear : ""}${home}${text}${restOfScreen}`);
}

function colour(code: number, text: string): string {
  const wanted = process.stderr.isTTY && !process.env["NO_COLOR"];
  return wanted ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** Prints a warning: a request cannot be met in full, but the command continues. */
export function printWarning(text: string): void {
  process.stderr.write(`${colour(33, "warning:")} ${visibleMessage(text)}\n`);
}

/** The label and message of an error, with flags in place of option names. */
function describe(error: BoxError, nameOf: (subject: string) => string): [label: string, message: string] {
  const { subject, reason } = error;
  if (speakerOf(error, process.env) === "daemon")
    return ["Error response from daemon:", inFlags(reason, nameOf)];
  return ["box:", `${subject === undefined ? "" : `${nameOf(subject)}: `}${inFlags(reason, nameOf)}`];
}

/**
 * Prints an error. The stack is shown only if `debug` is set, even for bugs in box.
 * @param nameOf returns the name of a subject on the command line
 * @returns the error as it was explained to the user
 */
export function reportError(caught: unknown, debug: boolean, nameOf = optionOf): unknown {
  const error = explainSystemFailure(explainOwnFailure(currentHome(), caught));
  const known = error instanceof BoxError;
  const [label, message] = known ? describe(error, nameOf) : ["box:", messageOf(error)];
  process.stderr.write(`${colour(31, label)} ${visibleMessage(message)}\n`);
  const hint = known ? hintOf(error) : undefined;
  if (hint !== undefined)
    process.stderr.write(`${colour(36, "hint:")} ${visibleMessage(inFlags(hint, nameOf))}\n`);
  if (debug) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      process.stderr.write(`${visibleLines(cause.stack ?? cause.message)}\n`);
    }
  }
  return error;
}
