import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { openStdin } from "./stdin.js";

/**
 * Asks the user on the terminal; the question goes to stderr, so that stdout stays the command's result.
 * @param hidden does not show what is typed
 * @throws an AbortError when the user breaks off with Ctrl-C
 */
export async function prompt(question: string, { hidden = false } = {}): Promise<string> {
  // readline echoes to its output: what is to stay hidden is echoed to nowhere, and so would be the question.
  if (hidden) process.stderr.write(question);
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
    return await lines.question(hidden ? "" : question, { signal: abort.signal });
  } finally {
    lines.close();
    if (hidden || abort.signal.aborted) process.stderr.write("\n");
  }
}
