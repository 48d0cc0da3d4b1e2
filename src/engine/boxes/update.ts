import { updateBox, type Update } from "../../vm/box/update.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

export type { Update };

/**
 * Changes limits and the restart policy of a box: at once where it runs, and for every start to come.
 * @throws BoxError no-such-box, ambiguous-id, and what `updateBox` throws
 */
export async function update(context: Context, ref: BoxRef, change: Update): Promise<void> {
  await updateBox(context.home, await resolveBox(context, ref), change);
}
