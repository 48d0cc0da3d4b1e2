import { familiarReference } from "../../config/syntax/reference.js";
import { tagImage } from "../../oci/tag.js";
import type { Context } from "../context.js";
import { recordImageEvent } from "./event.js";

/** Lets one more name stand for an image. @throws as `tagImage` */
export async function tag(context: Context, word: string, newName: string): Promise<void> {
  const { store } = await context.images();
  const { image, name } = await tagImage(store, word, newName);
  const { id, config } = image.record;
  recordImageEvent(context.home, "tag", id, familiarReference(name), config.Labels ?? {});
}
