import { readSettings } from "../config/settings.js";
import { isFileReference } from "../oci/archive/reference.js";
import { recordImageEvent } from "../oci/event.js";
import { findCurrent } from "../oci/pull/current.js";
import { familiarName, familiarReference, parseReference } from "../oci/reference.js";
import { printLine, reportError } from "./output/print.js";
import { currentHome, currentStore, useStore } from "./store.js";

/**
 * `box pull [-q] IMAGE` of an image that is here and is what its registry has. Scripts ask for that before each use of
 * an image: it is a bundle of its own, without the parser of command lines.
 * @param words after `pull`
 * @returns the exit code; undefined when there is more to do, or something wrong with the words: nothing was said then
 */
export async function pullCurrent(words: readonly string[]): Promise<number | undefined> {
  const quiet = words[0] === "-q" || words[0] === "--quiet";
  const [text, ...more] = quiet ? words.slice(1) : words;
  if (text === undefined || more.length > 0 || text.startsWith("-") || isFileReference(text))
    return undefined;
  try {
    const { cache, policy } = await readSettings(currentHome());
    if (policy !== undefined) return undefined;
    useStore(cache?.cacheDir);
    const reference = parseReference(text);
    const image = await findCurrent(currentStore(), reference);
    if (!image) return undefined;
    const labels = image.config.Labels ?? {};
    recordImageEvent(currentStore(), "pull", familiarReference(reference), familiarName(reference), labels);
    if (!quiet) printLine(`Digest: ${image.digest}`);
    printLine(image.reference);
    return 0;
  } catch (error) {
    return reportError(error, false);
  }
}
