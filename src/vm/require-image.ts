import { access } from "node:fs/promises";
import { BoxError } from "../errors.js";
import type { BoxRecord } from "./box/record.js";

/** @throws BoxError image-gone when the image that a box was made of is not here any more */
export async function requireImage({ name, image }: BoxRecord): Promise<void> {
  await access(image.disk).catch((error: unknown) => {
    throw new BoxError("image-gone", `the image of box ${name} is gone: ${image.reference}`, {
      hint: "make the box anew",
      exitCode: 1,
      cause: error,
    });
  });
}
