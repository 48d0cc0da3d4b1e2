import { obtainImage as obtain, type ObtainOptions } from "../engine/images/obtain.js";
import type { Image } from "../oci/image.js";
import { createProgress } from "./output/progress.js";
import { currentHome } from "./store.js";

interface Wishes extends Omit<ObtainOptions, "onProgress"> {
  quiet: boolean;
}

/** An image that is here, or comes from its registry, with progress on the terminal. */
export async function obtainImage(reference: string, { quiet, ...options }: Wishes): Promise<Image> {
  const progress = createProgress(quiet);
  try {
    return await obtain(currentHome(), reference, { ...options, onProgress: progress.report });
  } finally {
    progress.end();
  }
}
