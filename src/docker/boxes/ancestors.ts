import { formatReference, parseReference } from "../../config/syntax/reference.js";
import type { Box } from "../../engine/boxes.js";

/** The digests of an image and of those committed from it, by the value of `ancestor=`; undefined if it is not here. */
export type Ancestors = ReadonlyMap<string, ReadonlySet<string> | undefined>;

function canonical(word: string): string {
  try {
    return formatReference(parseReference(word));
  } catch {
    return word;
  }
}

/** Whether a box was created from the image of `ancestor=` or from one committed from it. */
export function hasAncestor({ record }: Box, wanted: string, ancestors: Ancestors): boolean {
  const { reference, digest } = record.image;
  // The box of an image that is in a file, or no longer here, is found by the name that it was created with.
  return ancestors.get(wanted)?.has(digest) ?? canonical(wanted) === reference;
}
