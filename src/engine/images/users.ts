import type { ImageUser } from "../../oci/delete.js";
import { listBoxes } from "../../vm/box/find.js";
import { imagesOf } from "../../vm/box/image-disk.js";
import { neededBy, storedPools } from "../pools/stored.js";
import type { Home } from "../../host/home.js";

/** Maps the digest of each image's manifest to the boxes and pools that use the image. */
export async function usersOfImages(home: Home): Promise<Map<string, ImageUser[]>> {
  const users = new Map<string, ImageUser[]>();
  const add = (digest: string, user: ImageUser) => users.set(digest, [...(users.get(digest) ?? []), user]);
  for (const { record, state } of await listBoxes(home)) {
    const user = { id: record.id, box: record.name, running: state.status === "running" };
    for (const { digest } of imagesOf(record)) add(digest, user);
  }
  for (const pool of await storedPools(home)) {
    const { image } = await neededBy(home, pool);
    if (image !== undefined) add(image, { pool: pool.name });
  }
  return users;
}
