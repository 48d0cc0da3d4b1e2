import { BoxError } from "../../errors.js";
import { QUOTED, visible, visibleLines } from "../../config/syntax/visible.js";
import { explainSystemFailure } from "../../host/system-failure.js";
import { explainOwnFailure } from "../../host/write-failure.js";
import { inFlags, optionOf } from "../flags/option-names.js";
import { hintOf } from "../hints.js";
import { currentHome } from "../home.js";

/**
 * Writes a line for the user or the script: the result of a command. Whatever is in it reaches the terminal as visible
 * characters; its own line ends and tabs stay, so values have to be made `visible` before they are put into columns.
 */
export function printLine(line: string): void {
  process.stdout.write(`${visibleLines(line)}\n`);
}

/** Writes a line beside the result: on stderr. */
export function printNotice(line: string): void {
  process.stderr.write(`${visibleLines(line)}\n`);
}

/** Writes the text of help, which ends with a line end. */
export function printHelp(text: string, stream: "stdout" | "stderr"): void {
  process[stream].write(text);
}

/** Writes a question whose answer is typed behind it. */
export function printQuestion(question: string): void {
  process.stderr.write(visible(question));
}

/** Ends the line of a question whose answer is not shown. */
export function printNewLine(): void {
  process.stderr.write("\n");
}

/** Puts lines in place of those before, on a terminal. Nothing of the terminal's is changed, nothing to restore. */
export function printScreen(lines: readonly string[], first: boolean): void {
  const [home, clear, restOfLine, restOfScreen] = ["\u001b[H", "\u001b[2J", "\u001b[K", "\u001b[J"];
  const text = lines.map((line) => `${visible(line)}${restOfLine}\n`).join("");
  process.stdout.write(`${first ? clear : ""}${home}${text}${restOfScreen}`);
}

function colour(code: number, text: string): string {
  const wanted = process.stderr.isTTY && !process.env["NO_COLOR"];
  return wanted ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** One line, and those that it quotes, which are marked: whatever a registry or a guest has said, nothing else. */
function oneLine(message: string): string {
  return message.split(QUOTED).map(visible).join(QUOTED);
}

/** Tells of something that does not hold as asked for, while the command goes on. */
export function printWarning(text: string): void {
  process.stderr.write(`${colour(33, "warning:")} ${oneLine(text)}\n`);
}

/** The message of an error, with flags in the place of options. */
function messageOf({ subject, reason }: BoxError, nameOf: (subject: string) => string): string {
  return `${subject === undefined ? "" : `${nameOf(subject)}: `}${inFlags(reason)}`;
}

/**
 * Shows an error. The stack appears only when `debug` is set; a mistake of box's own looks like any other error
 * otherwise.
 * @param nameOf what stands for a subject on the command line
 * @returns the error as it was explained to the user
 */
export function reportError(caught: unknown, debug: boolean, nameOf = optionOf): unknown {
  const error = explainSystemFailure(explainOwnFailure(currentHome(), caught));
  const known = error instanceof BoxError;
  const message = known ? messageOf(error, nameOf) : error instanceof Error ? error.message : String(error);
  process.stderr.write(`${colour(31, "box:")} ${oneLine(message)}\n`);
  const hint = known ? hintOf(error) : undefined;
  if (hint !== undefined) process.stderr.write(`${colour(36, "hint:")} ${oneLine(inFlags(hint))}\n`);
  if (debug) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      process.stderr.write(`${visibleLines(cause.stack ?? cause.message)}\n`);
    }
  }
  return error;
}
