import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { visible } from "../config/syntax/visible.js";
import { printNewLine, printQuestion } from "./output/print.js";
import { openStdin } from "./stdin.js";

/**
 * Asks the user on the terminal; the question goes to stderr, so that stdout stays the command's result.
 * @param hidden does not show what is typed
 * @throws an AbortError when the user breaks off with Ctrl-C
 */
export async function prompt(question: string, { hidden = false } = {}): Promise<string> {
  // readline echoes to its output: what is to stay hidden is echoed to nowhere, and so would be the question.
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
