import type { ImageUser } from "../../oci/delete.js";
import { listBoxes } from "../../vm/box/find.js";
import type { Home } from "../../host/home.js";

/** The boxes that were made of each image, by the digest of its manifest. */
export async function usersOfImages(home: Home): Promise<Map<string, ImageUser[]>> {
  const users = new Map<string, ImageUser[]>();
  for (const { record, state } of await listBoxes(home)) {
    const { digest } = record.image;
    const user = { box: record.name, running: state.status === "running" };
    users.set(digest, [...(users.get(digest) ?? []), user]);
  }
  return users;
}
