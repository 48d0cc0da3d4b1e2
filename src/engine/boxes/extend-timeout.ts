import { BoxError } from "../../errors.js";
import { extendTimeout as extend } from "../../vm/box/extend.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/**
 * Extends the time limit of a running box, until it next stops.
 * @throws BoxError no-such-box, ambiguous-id, not-running, no-timeout, invalid-number
 */
export async function extendTimeout(context: Context, ref: BoxRef, byMs: number): Promise<void> {
  if (!Number.isFinite(byMs) || byMs < 0)
    throw new BoxError("invalid-number", `${byMs} is not a valid number of milliseconds`);
  await extend(context.home, await resolveBox(context, ref), byMs);
}
