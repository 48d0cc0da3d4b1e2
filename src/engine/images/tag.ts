import { familiarReference } from "../../config/syntax/reference.js";
import { tagImage } from "../../oci/tag.js";
import type { Context } from "../context.js";
import { recordImageEvent } from "./event.js";
import { withStored } from "./stored.js";

/** Gives an image an additional name. @throws as `tagImage` and `withStored` */
export async function tag(context: Context, source: string, newName: string): Promise<void> {
  const { image, name } = await withStored(context, source, undefined, (store, stored) =>
    tagImage(store, stored, newName),
  );
  const { id, config } = image.record;
  recordImageEvent(context.home, "tag", id, familiarReference(name), config.Labels ?? {});
}
