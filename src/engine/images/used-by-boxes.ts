import type { Home } from "../../host/home.js";
import { listBoxes } from "../../vm/box/find.js";
import { imagesOf } from "../../vm/box/image-disk.js";

/** Digests of the images used by any box, running or not. */
export async function usedByBoxes(home: Home): Promise<Set<string>> {
  return new Set(
    (await listBoxes(home)).flatMap(({ record }) => imagesOf(record).map(({ digest }) => digest)),
  );
}
