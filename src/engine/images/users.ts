import type { ImageUser } from "../../oci/delete.js";
import { listBoxes } from "../../vm/box/find.js";
import type { Home } from "../../host/home.js";

/** Maps the digest of each image's manifest to the boxes that use the image. */
export async function usersOfImages(home: Home): Promise<Map<string, ImageUser[]>> {
  const users = new Map<string, ImageUser[]>();
  for (const { record, state } of await listBoxes(home)) {
    const { digest } = record.image;
    const user = { id: record.id, box: record.name, running: state.status === "running" };
    users.set(digest, [...(users.get(digest) ?? []), user]);
  }
  return users;
}
