import { BoxError } from "../errors.js";
import { exists } from "../host/read.js";
import { imagesOf } from "./box/image-disk.js";
import type { BoxRecord } from "./box/record.js";

/** @throws BoxError image-gone if the image of a box no longer exists, store-unreadable */
export async function requireImage(record: BoxRecord): Promise<void> {
  for (const { disk, reference } of imagesOf(record)) {
    if (await exists(disk)) continue;
    throw new BoxError("image-gone", `the image of box ${record.name} no longer exists: ${reference}`, {
      hint: "recreate the box",
    });
  }
}
