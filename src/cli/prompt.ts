import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { visible } from "../config/syntax/visible.js";
import { printNewLine, printQuestion } from "./output/print.js";
import { openStdin } from "./stdin.js";

/**
 * Prompts the user on the terminal. The prompt goes to stderr, since stdout is for the command's result.
 * @param hidden do not echo the answer
 * @throws an AbortError if the user presses Ctrl-C
 */
export async function prompt(question: string, { hidden = false } = {}): Promise<string> {
  // readline echoes to its output. To hide the answer, that output is discarded, so the prompt is printed separately.
  if (hidden) printQuestion(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: openStdin(),
    output: hidden ? nowhere : process.stderr,
    terminal: true,
    historySize: 0,
  });
  const abort = new AbortController();
  lines.on("SIGINT", () => abort.abort());
  try {
    return await lines.question(hidden ? "" : visible(question), { signal: abort.signal });
  } finally {
    lines.close();
    if (hidden || abort.signal.aborted) printNewLine();
  }
}
