import { readSettings } from "../../config/settings.js";
import { isFileReference } from "../../config/syntax/file-reference.js";
import type { Image } from "../../oci/image.js";
import { findCurrent } from "../../oci/pull/current.js";
import { familiarName, familiarReference, parseReference } from "../../config/syntax/reference.js";
import { withLeases } from "../../oci/store/lease.js";
import { storeOf } from "../../oci/store/store.js";
import type { Context } from "../context.js";
import { recordImageEvent } from "./event.js";

/**
 * Handles the pull of an image that is stored and up to date, without loading code that only other pulls need.
 * @returns undefined if the image has to be pulled
 */
export async function pullCurrent({ home }: Context, text: string): Promise<Image | undefined> {
  if (isFileReference(text)) return undefined;
  const { cache, policy } = await readSettings(home);
  if (policy !== undefined) return undefined;
  const reference = parseReference(text);
  const image = await withLeases(storeOf(home, cache?.cacheDir), undefined, (store) =>
    findCurrent(store, reference),
  );
  if (!image) return undefined;
  const labels = image.config.Labels ?? {};
  recordImageEvent(home, "pull", familiarReference(reference), familiarName(reference), labels);
  return image;
}
