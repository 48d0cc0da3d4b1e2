import { BoxError } from "../config/errors.js";
import { quote } from "../config/syntax/quote.js";
import { formatReference, isDigest, parseReference, type Reference } from "./reference.js";
import { takeInventory, type Inventory, type StoredImage } from "./store/inventory.js";
import type { ImageRecord } from "./store/record.js";
import type { ListedTag } from "./store/tags.js";

export interface FoundImage extends StoredImage {
  record: ImageRecord;
  /** The reference it was named by; undefined when it was named by its id. */
  named?: ListedTag;
}

const isReadable = (image: StoredImage): image is FoundImage => image.record !== undefined;

/** Digits of an id or digest, or their beginning. */
function digitsOf(word: string): string | undefined {
  return /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(word)?.[1];
}

function parse(word: string): Reference | undefined {
  try {
    return parseReference(word);
  } catch {
    return undefined;
  }
}

function byReference({ images, tags }: Inventory, reference: Reference): FoundImage | undefined {
  const { digest, domain, path } = reference;
  const named = tags.find(({ parsed, image, target }) =>
    digest === undefined
      ? formatReference(parsed) === formatReference(reference)
      : parsed.domain === domain && parsed.path === path && (target === digest || image === digest),
  );
  const found = images.filter(isReadable).find((image) => image.digest === named?.image);
  return found && named && { ...found, named };
}

/**
 * The image in an inventory that a word of the user's means: a reference, `name@digest`, an id or its beginning.
 * @throws BoxError no-such-image, ambiguous-image, invalid-reference
 */
export function findIn(inventory: Inventory, word: string): FoundImage {
  const digits = digitsOf(word);
  const reference = parse(word);
  const named = reference && byReference(inventory, reference);
  if (named) return named;
  const matches =
    digits === undefined
      ? []
      : inventory.images
          .filter(isReadable)
          .filter(({ digest, record }) =>
            [digest, record.id].some((id) => id.startsWith(`sha256:${digits}`)),
          );
  const [match] = matches;
  if (match && new Set(matches.map(({ record }) => record.id)).size === 1) return match;
  if (match) {
    throw new BoxError("ambiguous-image", `${quote(word)} is the beginning of ${matches.length} image ids`, {
      hint: "write more of the id, or the image's name",
      exitCode: 1,
    });
  }
  // What is neither id nor reference is refused with the reason.
  if (digits === undefined && !reference) parseReference(word);
  const name = reference && !isDigest(word) ? formatReference(reference) : word;
  throw new BoxError("no-such-image", `no such image: ${name.slice(0, 300)}`, {
    hint: "`box images` lists all images",
    exitCode: 1,
  });
}

/** The image here that a word of the user's means. @throws as `findIn` */
export async function findStored(word: string): Promise<FoundImage> {
  return findIn(await takeInventory(), word);
}
