import { familiarName, imageDigits, parseReference } from "../../config/syntax/reference.js";

const ID_WIDTH = 12;

/**
 * The image of a box as `docker ps` shows it: the short ID if the box was created with an ID, and otherwise
 * `nginx:alpine` for `docker.io/library/nginx:alpine@sha256:…`.
 * @param image as given when the box was created
 * @param id of the image
 */
export function shortImage(image: string, id: string): string {
  const short = imageDigits(id)?.slice(0, ID_WIDTH);
  if (short !== undefined && imageDigits(image)?.slice(0, ID_WIDTH) === short) return short;
  const [named = ""] = image.split("@");
  const tag = /:[^/:]+$/.exec(named)?.[0] ?? "";
  try {
    return `${familiarName(parseReference(named))}${tag}`;
  } catch {
    // An image in a file.
    return image;
  }
}
