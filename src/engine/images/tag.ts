import { familiarReference } from "../../config/syntax/reference.js";
import { tagImage } from "../../oci/tag.js";
import type { Context } from "../context.js";
import { recordImageEvent } from "./event.js";
import { withStored } from "./stored.js";

/** Lets one more name stand for an image. @throws as `tagImage` and `withStored` */
export async function tag(context: Context, word: string, newName: string): Promise<void> {
  const { image, name } = await withStored(context, word, undefined, (store, stored) =>
    tagImage(store, stored, newName),
  );
  const { id, config } = image.record;
  recordImageEvent(context.home, "tag", id, familiarReference(name), config.Labels ?? {});
}
