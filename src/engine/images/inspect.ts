import { stat } from "node:fs/promises";
import type { Platform } from "../../config/syntax/platform.js";
import { readDetails, type Details } from "../../oci/details.js";
import { findStored, type FoundImage } from "../../oci/find.js";
import { tagFile } from "../../oci/store/paths.js";
import type { Store } from "../../oci/store/store.js";
import type { Context } from "../context.js";
import { withStored } from "./stored.js";

export interface InspectedImage extends FoundImage {
  /** The image's configuration. */
  details: Details;
  /** When it was last given a name, in nanoseconds since 1970; undefined if it has none. */
  lastTagged: bigint | undefined;
}

/** Finds an image. @throws as `findStored` and `withStored` */
export function find(context: Context, name: string, platform?: Platform): Promise<FoundImage> {
  return withStored(context, name, platform, (store, stored) => findStored(store, stored, platform));
}

async function lastTag(store: Store, { tags }: FoundImage): Promise<bigint | undefined> {
  const times = await Promise.all(
    tags.map(async ({ parsed }) =>
      stat(tagFile(store, parsed), { bigint: true }).then(
        ({ mtimeNs }) => [mtimeNs],
        () => [],
      ),
    ),
  );
  return times.flat().reduce<bigint | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
}

/** Finds an image and reads its configuration. @throws as `find`; BoxError bad-image */
export function inspect(context: Context, name: string, platform?: Platform): Promise<InspectedImage> {
  return withStored(context, name, platform, async (store, stored) => {
    const image = await findStored(store, stored, platform);
    const [details, lastTagged] = await Promise.all([readDetails(store, image), lastTag(store, image)]);
    return { ...image, details, lastTagged };
  });
}
