import { findStored } from "./find.js";
import { recordImageEvent } from "./event.js";
import { familiarReference, parseNewName } from "./reference.js";
import { hold } from "./store/hold.js";
import { writeTag } from "./store/tags.js";
import { createWorkspace } from "./store/workspace.js";
import type { Store } from "./store/store.js";

/**
 * Lets one more name stand for an image, in place of what it stood for.
 * @throws BoxError invalid-reference, no-such-image, ambiguous-image
 */
export async function tagImage(store: Store, source: string, target: string): Promise<void> {
  const reference = parseNewName(target);
  // Nothing may remove the image between the look and the new name.
  const found = await findStored(store, source);
  const release = await hold(store, [
    found.digest,
    ...(found.named?.images ?? []),
    ...(found.named?.indexes ?? []),
  ]);
  const workspace = await createWorkspace(store);
  try {
    const { digest: image, named, record } = await findStored(store, source);
    await writeTag(store, workspace, reference, { target: named?.target ?? image, image });
    recordImageEvent(store, "tag", record.id, familiarReference(reference), record.config.Labels ?? {});
  } finally {
    await workspace.remove();
    await release();
  }
}
