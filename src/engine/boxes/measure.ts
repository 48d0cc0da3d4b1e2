import { stat } from "node:fs/promises";
import { sizeOf } from "../../oci/list.js";
import { readRecord } from "../../oci/store/record.js";
import { boxFiles } from "../../vm/box/files.js";
import type { BoxRef, Context } from "../context.js";
import { storeOfBox } from "../images/ensure.js";
import { resolveBox } from "./resolve.js";

/** Sizes of a box. */
export interface BoxBytes {
  /** Disk usage of its writable layer, in bytes. */
  layer: number;
  /** Size of its image in bytes; 0 if the image cannot be read. */
  image: number;
}

/** Measures a box. @throws BoxError no-such-box, ambiguous-id */
export async function measure(context: Context, ref: BoxRef): Promise<BoxBytes> {
  const { folder, record } = await resolveBox(context, ref);
  const store = storeOfBox(context.home, record.config.cache, record.id);
  const [layer, image] = await Promise.all([
    stat(boxFiles(folder).writableLayer).then(
      ({ blocks }) => blocks * 512,
      () => 0,
    ),
    readRecord(store, record.image.digest).catch(() => undefined),
  ]);
  return { layer, image: image ? sizeOf({ record: image }) : 0 };
}
