import type { BoxRecord } from "../box/record.js";
import { removeVolume } from "./folders.js";
import type { Home } from "../../host/home.js";

/** Removes the volumes that were made for one box alone; called when the box itself has gone. */
export async function removeAnonymous(
  home: Home,
  { namedVolumes }: Pick<BoxRecord, "namedVolumes">,
): Promise<void> {
  const own = namedVolumes.filter(({ anonymous }) => anonymous);
  await Promise.all(own.map(({ name }) => removeVolume(home, name)));
}
