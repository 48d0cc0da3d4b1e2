import type { BoxRecord } from "./record.js";

/** The labels of a box: those of its image, and its own, which replace the image's one by one. */
export function labelsOf({
  image,
  options,
}: {
  image: { config?: Pick<NonNullable<BoxRecord["image"]["config"]>, "Labels"> | undefined };
  options: Pick<BoxRecord["options"], "labels">;
}): Record<string, string> {
  return { ...image.config?.Labels, ...options.labels };
}
