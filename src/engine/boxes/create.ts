import type { Context } from "../context.js";
import { checkRequest } from "./check.js";
import { imageFor, sidecarImageFor, withImages } from "./image.js";
import { makeBox } from "./make.js";
import type { Created, CreateOptions, CreateRequest } from "./request.js";

/**
 * Creates a box without starting it.
 * @throws BoxError; no part of the box is left behind
 */
export async function create(
  context: Context,
  request: CreateRequest,
  options: CreateOptions = {},
): Promise<Created> {
  const checked = await checkRequest(context, request, false);
  await withImages(context, checked, options.signal, async (store) => {
    const image = await imageFor(context, store, checked, options);
    const sidecar = await sidecarImageFor(context, store, checked, options);
    return makeBox(context.home, checked, image, { sidecar, signal: options.signal });
  });
  return checked.identity;
}
