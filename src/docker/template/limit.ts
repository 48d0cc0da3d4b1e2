import type { Value } from "../go/value.js";

/**
 * Characters that an execution may read and write in total, in all steps. It is more than any format needs, and little
 * enough for memory and time.
 */
export const MAX_TEXT = 32 * 1024 * 1024;

/** A statement or a function takes as long as this many characters. */
export const STEP = 16;

/** Parts that a text is split into. */
const MAX_PARTS = 1_000_000;
/** An item of a list takes the memory of a text about this long. */
const ITEM_SIZE = 16;

/** @throws RangeError */
export function checkLength(length: number): void {
  if (length > MAX_TEXT) throw new RangeError("the text is too long");
}

/** @throws RangeError */
export function checkParts(count: number): void {
  if (count > MAX_PARTS) throw new RangeError("the text has too many parts");
}

/** Joins texts, and stops when the result is too long. @throws RangeError */
export function joined(parts: Iterable<string>, separator = ""): string {
  const texts: string[] = [];
  let length = 0;
  for (const part of parts) {
    length += part.length + separator.length;
    checkLength(length);
    texts.push(part);
  }
  return texts.join(separator);
}

/** Does something with each item, one at a time. */
export function* each<T>(items: readonly T[], show: (item: T, i: number) => string): Generator<string> {
  for (const [i, item] of items.entries()) yield show(item, i);
}

/** The number of characters to read for a value. */
export function sizeOf(value: Value | undefined): number {
  switch (value?.kind) {
    case "string":
      return value.text.length;
    case "interface":
      return sizeOf(value.inner);
    case "map":
      return value.entries?.length ?? 0;
    default:
      return 0;
  }
}

/** The cost of a result, in characters. */
export function costOf(result: Value | undefined): number {
  return result?.kind === "slice" ? ITEM_SIZE * (result.items?.length ?? 0) : sizeOf(result);
}
