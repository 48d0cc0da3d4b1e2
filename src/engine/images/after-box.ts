import { BoxError } from "../../errors.js";
import { removeFromStore } from "../../oci/store/remove.js";
import { isRemoved } from "../../oci/store/removed.js";
import type { Context } from "../context.js";
import { usedByBoxes } from "./used-by-boxes.js";

/**
 * Removes the image of a box that has been removed, if the image was removed before it. Otherwise, or if that is not
 * possible now, it goes with the next removal.
 */
export async function afterBox(context: Context, digest: string): Promise<void> {
  try {
    const { store } = await context.images();
    if (!(await isRemoved(store, digest))) return;
    await removeFromStore(
      store,
      () => usedByBoxes(context.home),
      () => ({}),
    );
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
  }
}
