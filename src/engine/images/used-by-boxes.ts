import type { Home } from "../../host/home.js";
import { listBoxes } from "../../vm/box/find.js";

/** Digests of the images used by any box, running or not. */
export async function usedByBoxes(home: Home): Promise<Set<string>> {
  return new Set((await listBoxes(home)).map(({ record }) => record.image.digest));
}
