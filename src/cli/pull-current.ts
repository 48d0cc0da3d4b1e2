import { openContext } from "../engine/context.js";
import { pullCurrent as pull } from "../engine/images/pull-current.js";
import { exitCodeOf } from "./exit-code.js";
import { printLine, reportError } from "./output/print.js";

/**
 * `box pull [-q] IMAGE` of an image that is here and is what its registry has. Scripts ask for that before each use of
 * an image: it is a bundle of its own, without the parser of command lines.
 * @param words after `pull`
 * @returns the exit code; undefined when there is more to do, or something wrong with the words: nothing was said then
 */
export async function pullCurrent(words: readonly string[]): Promise<number | undefined> {
  const quiet = words[0] === "-q" || words[0] === "--quiet";
  const [text, ...more] = quiet ? words.slice(1) : words;
  if (text === undefined || more.length > 0 || text.startsWith("-")) return undefined;
  try {
    const image = await pull(openContext({ env: process.env }), text);
    if (!image) return undefined;
    if (!quiet) printLine(`Digest: ${image.digest}`);
    printLine(image.reference);
    return 0;
  } catch (error) {
    return exitCodeOf(reportError(error, false), "pull");
  }
}
