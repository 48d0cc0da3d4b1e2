import type { Platform } from "../../config/syntax/platform.js";
import { readDetails, type Details } from "../../oci/details.js";
import { findStored, type FoundImage } from "../../oci/find.js";
import type { Context } from "../context.js";
import { withStored } from "./stored.js";

export interface InspectedImage extends FoundImage {
  /** The image's configuration. */
  details: Details;
}

/** Finds an image. @throws as `findStored` and `withStored` */
export function find(context: Context, name: string, platform?: Platform): Promise<FoundImage> {
  return withStored(context, name, platform, (store, stored) => findStored(store, stored, platform));
}

/** Finds an image and reads its configuration. @throws as `find`; BoxError bad-image */
export function inspect(context: Context, name: string, platform?: Platform): Promise<InspectedImage> {
  return withStored(context, name, platform, async (store, stored) => {
    const image = await findStored(store, stored, platform);
    return { ...image, details: await readDetails(store, image) };
  });
}
