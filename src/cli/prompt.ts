import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { visible } from "../config/syntax/visible.js";
import { onAbort } from "../host/abort.js";
import { endBy, untilEnded } from "./ending.js";
import { printNewLine, printQuestion } from "./output/print.js";
import { openStdin } from "./stdin.js";

/**
 * Prompts the user on the terminal. The prompt goes to stderr, since stdout is for the command's result.
 * @param hidden do not echo the answer
 * @returns the answer; undefined if the user closes the input (Ctrl-D)
 * @throws the reason of `untilEnded` if the user presses Ctrl-C
 */
export async function prompt(question: string, { hidden = false } = {}): Promise<string | undefined> {
  const signal = untilEnded();
  // readline echoes to its output. To hide the answer, that output is discarded, so the prompt is printed separately.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: openStdin(),
    output: hidden ? nowhere : process.stderr,
    prompt: hidden ? "" : visible(question),
    terminal: true,
    historySize: 0,
  });
  lines.on("SIGINT", () => endBy("SIGINT"));
  // Closing it makes the terminal echo again.
  const off = onAbort(signal, () => lines.close());
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(undefined));
    // The terminal has stopped echoing here: nobody, however fast, can type the answer before that.
    if (hidden) printQuestion(question);
    lines.prompt();
  });
  off();
  lines.close();
  if (hidden || answer === undefined) printNewLine();
  signal.throwIfAborted();
  return answer;
}
