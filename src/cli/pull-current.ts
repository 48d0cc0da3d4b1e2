import { parseReference } from "../config/syntax/reference.js";
import { describeDefaultTag, describePull, describePulled } from "../docker/images/pull-lines.js";
import { openContext } from "../engine/context.js";
import { pullCurrent as pull } from "../engine/images/pull-current.js";
import { BoxError } from "../errors.js";
import { exitCodeOf } from "./exit-code.js";
import { printLine, reportError } from "./output/print.js";

/**
 * `box pull [-q] IMAGE` for an image that is already up to date. Scripts run it before each use of an image, so it is a
 * bundle of its own, without the command line parser.
 * @param words after `pull`
 * @returns the exit code; undefined if there is more to do or the words are not valid: nothing has been printed then
 */
export async function pullCurrent(words: readonly string[]): Promise<number | undefined> {
  const quiet = words[0] === "-q" || words[0] === "--quiet";
  const [text, ...more] = quiet ? words.slice(1) : words;
  if (text === undefined || more.length > 0 || text.startsWith("-")) return undefined;
  const first = quiet ? undefined : describeDefaultTag(text);
  try {
    const image = await pull(openContext({ env: process.env }), text);
    if (!image) return undefined;
    if (!quiet) {
      const reference = parseReference(text);
      const lines = [describePull(reference), ...describePulled(reference, image.digest, false)];
      for (const line of first === undefined ? lines : [first, ...lines]) printLine(line);
    }
    printLine(image.reference);
    return 0;
  } catch (error) {
    const wrong = error instanceof BoxError && error.code === "invalid-reference";
    if (first !== undefined && !wrong) printLine(first);
    return exitCodeOf(reportError(error, false), "pull");
  }
}
