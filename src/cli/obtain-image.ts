import { ensureImage } from "../oci/images.js";
import type { Image } from "../oci/image.js";
import { createProgress } from "./output/progress.js";

/** An image that is here, or comes from its registry, with progress on the terminal. */
export async function obtainImage(
  reference: string,
  { pull, quiet }: { pull: "always" | "missing" | "never"; quiet: boolean },
): Promise<Image> {
  const progress = createProgress(quiet);
  try {
    return await ensureImage(reference, { pull, onProgress: progress.report });
  } finally {
    progress.end();
  }
}
