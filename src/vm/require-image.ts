import { BoxError } from "../errors.js";
import { exists } from "../host/read.js";
import type { BoxRecord } from "./box/record.js";

/** @throws BoxError image-gone if the image of a box no longer exists, store-unreadable */
export async function requireImage({ name, image }: BoxRecord): Promise<void> {
  if (await exists(image.disk)) return;
  throw new BoxError("image-gone", `the image of box ${name} no longer exists: ${image.reference}`, {
    hint: "recreate the box",
  });
}
