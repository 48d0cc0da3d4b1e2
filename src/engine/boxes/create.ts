import type { Context } from "../context.js";
import { checkRequest } from "./check.js";
import { imageFor, orForgetImage } from "./image.js";
import { makeBox } from "./make.js";
import type { Created, CreateOptions, CreateRequest } from "./request.js";

/**
 * Makes a box, which does not run yet.
 * @throws BoxError; nothing of the box is left then.
 */
export async function create(
  context: Context,
  request: CreateRequest,
  options: CreateOptions = {},
): Promise<Created> {
  const checked = await checkRequest(context, request, false);
  await orForgetImage(context, checked, async () =>
    makeBox(context.home, checked, await imageFor(context, checked, options)),
  );
  return checked.identity;
}
