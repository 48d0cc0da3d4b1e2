import { createInterface } from "node:readline";
import { onAbort } from "../host/abort.js";
import { endBy, untilEnded } from "./ending.js";
import { printLine, printQuestion } from "./output/print.js";
import { openStdin } from "./stdin.js";

/**
 * Warns about what a command removes and asks whether to continue, as Docker does: on stdout, and without a terminal too.
 * @returns whether the answer is y; any other answer, or none, means no
 * @throws the reason of `untilEnded` if the user presses Ctrl-C
 */
export async function confirm(warning: readonly string[]): Promise<boolean> {
  const signal = untilEnded();
  for (const line of warning) printLine(line);
  printQuestion("Are you sure you want to continue? [y/N] ", process.stdout);
  const lines = createInterface({ input: openStdin() });
  lines.on("SIGINT", () => endBy("SIGINT"));
  const off = onAbort(signal, () => lines.close());
  const answer = await new Promise<string>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(""));
  });
  off();
  lines.close();
  signal.throwIfAborted();
  return answer.toLowerCase() === "y";
}
