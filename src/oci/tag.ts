import { findStored, type FoundImage } from "./find.js";
import { parseNewName, type Reference } from "../config/syntax/reference.js";
import { lease } from "./store/lease.js";
import { writeTag } from "./store/tags.js";
import { createWorkspace } from "./store/workspace.js";
import type { Store } from "./store/store.js";

/**
 * Gives an image another name, which no longer refers to any previous image.
 * @returns the image, and its new name
 * @throws BoxError invalid-reference, no-such-image, ambiguous-image
 */
export async function tagImage(
  store: Store,
  source: string,
  target: string,
): Promise<{ image: FoundImage; name: Reference }> {
  const name = parseNewName(target);
  // Lease the image so that it is not removed before it has its new name.
  const found = await findStored(store, source);
  const release = await lease(store, [
    found.digest,
    ...(found.named?.images ?? []),
    ...(found.named?.indexes ?? []),
  ]);
  const workspace = await createWorkspace(store);
  try {
    const image = await findStored(store, source);
    const { digest, named } = image;
    await writeTag(store, workspace, name, { target: named?.target ?? digest, image: digest });
    return { image, name };
  } finally {
    await workspace.remove();
    await release();
  }
}
