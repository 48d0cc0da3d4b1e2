import type { BoxRecord } from "../box/record.js";
import { removeVolume } from "./folders.js";
import type { Home } from "../../host/home.js";

/**
 * Removes the volumes that were made for one box alone; called when the box itself has gone.
 * @throws BoxError volume-not-removed, when all others have been removed
 */
export async function removeAnonymous(
  home: Home,
  { namedVolumes }: Pick<BoxRecord, "namedVolumes">,
): Promise<void> {
  const own = namedVolumes.filter(({ anonymous }) => anonymous);
  const removed = await Promise.allSettled(own.map(({ name }) => removeVolume(home, name)));
  for (const each of removed) if (each.status === "rejected") throw each.reason;
}
