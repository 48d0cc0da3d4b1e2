import type { Platform } from "../../config/syntax/platform.js";
import { readHistory, type HistoryStep } from "../../oci/details.js";
import { findStored } from "../../oci/find.js";
import type { Context } from "../context.js";
import { withStored } from "./stored.js";

export interface ImageHistory {
  /** ID of the image. */
  id: string;
  /** Most recent first. */
  steps: HistoryStep[];
}

/** Lists the steps that created an image. @throws as `findStored` and `withStored`; BoxError bad-image */
export function history(context: Context, name: string, platform?: Platform): Promise<ImageHistory> {
  return withStored(context, name, platform, async (store, stored) => {
    const image = await findStored(store, stored, platform);
    return { id: image.record.id, steps: await readHistory(store, image) };
  });
}
