import type { BoxRecord } from "./record.js";

/** The labels of a box: its image's and its own, which take precedence. */
export function labelsOf({ image, options }: Pick<BoxRecord, "image" | "options">): Record<string, string> {
  return { ...image.labels, ...options.labels };
}
