import { visible } from "../../config/syntax/visible.js";
import type { FileChange } from "../../engine/boxes.js";

const LETTERS = { added: "A", changed: "C", deleted: "D" };

/** A line of `docker diff`. */
export function describeChange({ kind, path }: FileChange): string {
  return `${LETTERS[kind]} ${visible(path)}`;
}
