import type { Platform } from "../../config/syntax/platform.js";
import { readDetails, type Details } from "../../oci/details.js";
import { findStored, type FoundImage } from "../../oci/find.js";
import type { Context } from "../context.js";

export interface InspectedImage extends FoundImage {
  /** Its configuration. */
  details: Details;
}

/** An image with its configuration. @throws as `findStored`; BoxError bad-image */
export async function inspect(context: Context, word: string, platform?: Platform): Promise<InspectedImage> {
  const { store } = await context.images();
  const image = await findStored(store, word, platform);
  return { ...image, details: await readDetails(store, image) };
}
