import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { formatReference, parseReference } from "../../config/syntax/reference.js";
import type { Archive, ArchivedImage } from "./source.js";

function canonical(name: string): string | undefined {
  try {
    return formatReference(parseReference(name));
  } catch {
    return undefined;
  }
}

/**
 * Selects an image by name or tag, or the only image of the archive.
 * @throws BoxError image-not-found
 */
export function selectImage({ what, images }: Archive, name: string | undefined): ArchivedImage {
  const whole = name === undefined ? undefined : canonical(name);
  const matching = images.filter(
    ({ names, tag }) =>
      name === undefined ||
      tag === name ||
      names.some((one) => one === name || (whole !== undefined && canonical(one) === whole)),
  );
  const [first] = matching;
  if (first && matching.every(({ digest }) => digest === first.digest)) return first;
  const offered = [...new Set(images.flatMap(({ names, tag }) => (names.length > 0 ? names : (tag ?? []))))];
  const listed =
    offered.length > 0 ? `available images: ${offered.slice(0, 20).join(", ")}` : "its images have no names";
  if (matching.length > 1) {
    throw new BoxError("image-not-found", `${what} has ${matching.length} images, and none is selected`, {
      hint: `${listed}; append a colon and one of them to the path`,
    });
  }
  throw new BoxError(
    "image-not-found",
    name === undefined ? `${what} has no image` : `${what} has no image ${quote(name)}`,
    { ...(images.length > 0 ? { hint: listed } : {}) },
  );
}
