import { BoxError } from "../errors.js";
import { exists } from "../host/read.js";
import type { BoxRecord } from "./box/record.js";

/** @throws BoxError image-gone when the image that a box was made of is not here any more, store-unreadable */
export async function requireImage({ name, image }: BoxRecord): Promise<void> {
  if (await exists(image.disk)) return;
  throw new BoxError("image-gone", `the image of box ${name} is gone: ${image.reference}`, {
    hint: "recreate the box",
  });
}
