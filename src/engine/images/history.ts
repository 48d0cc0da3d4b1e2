import type { Platform } from "../../config/syntax/platform.js";
import { readHistory, type HistoryStep } from "../../oci/details.js";
import { findStored } from "../../oci/find.js";
import type { Context } from "../context.js";

export interface ImageHistory {
  /** Of the image. */
  id: string;
  /** The last one first. */
  steps: HistoryStep[];
}

/** The steps that made an image. @throws as `findStored`; BoxError bad-image */
export async function history(context: Context, word: string, platform?: Platform): Promise<ImageHistory> {
  const { store } = await context.images();
  const image = await findStored(store, word, platform);
  return { id: image.record.id, steps: await readHistory(store, image) };
}
