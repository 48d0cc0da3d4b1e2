import type { BoxRecord } from "../box/record.js";
import { removeVolume } from "./folders.js";
import type { Home } from "../../host/home.js";

/**
 * Removes the anonymous volumes of a box, after the box itself has been removed.
 * @throws BoxError volume-not-removed, after all others have been removed
 */
export async function removeAnonymous(
  home: Home,
  { namedVolumes }: Pick<BoxRecord, "namedVolumes">,
): Promise<void> {
  const own = namedVolumes.filter(({ anonymous }) => anonymous);
  const removed = await Promise.allSettled(own.map(({ name }) => removeVolume(home, name)));
  for (const each of removed) if (each.status === "rejected") throw each.reason;
}
