import { updateBox, type Update } from "../../vm/box/update.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

export type { Update };

/**
 * Changes the resource limits and the restart policy of a box: immediately if it is running, and for all later starts.
 * @throws BoxError no-such-box, ambiguous-id, and errors of `updateBox`
 */
export async function update(context: Context, ref: BoxRef, change: Update): Promise<void> {
  await updateBox(context.home, await resolveBox(context, ref), change);
}
