import { BoxError } from "../errors.js";
import { findIn, type FoundImage } from "./find.js";
import type { Platform } from "../config/syntax/platform.js";
import type { StoredImage, StoredTag } from "./store/inventory.js";
import { removeFromStore, type RemovalPlan, type Removed, type StoreUsage } from "./store/remove.js";
import type { Store } from "./store/store.js";

/** A box created from an image, or a pool that boots VMs with it. */
export type ImageUser = UsingBox | { pool: string };

export interface UsingBox {
  /** ID of the box. */
  id: string;
  box: string;
  running: boolean;
}

/** @param forcible whether `force` helps */
function conflict(word: string, reason: string, hint: string, forcible = false): BoxError {
  const how = forcible ? "must be forced" : "cannot be forced";
  return new BoxError("image-in-use", `conflict: unable to delete ${word} (${how}) - ${reason}`, { hint });
}

const short = (id: string) => id.replace(/^sha256:/, "").slice(0, 12);

/** @param named whether the image is removed by one of its names */
function refuseUsed(
  word: string,
  image: StoredImage,
  users: UsingBox[],
  named: boolean,
  force: boolean,
): void {
  const running = users.find((user) => user.running);
  const user = running ?? users[0];
  if (!user || (force && !running)) return;
  const forcible = !running || (named && !force);
  const hint = running
    ? `stop and remove box ${user.box} first`
    : `remove box ${user.box} first, or use \`force\``;
  if (named && !force) {
    const id = short(image.record?.id ?? image.digest);
    const reason = `container ${short(user.id)} is using its referenced image ${id}`;
    const message = `conflict: unable to remove repository reference "${word}" (must force) - ${reason}`;
    throw new BoxError("image-in-use", message, { hint });
  }
  const state = running ? "running" : "stopped";
  throw conflict(
    running ? short(image.record?.id ?? image.digest) : word,
    `image is being used by ${state} container ${short(user.id)}`,
    hint,
    forcible,
  );
}

function refuse(
  word: string,
  image: StoredImage,
  users: ReadonlyMap<string, ImageUser[]>,
  { named, force }: { named: boolean; force: boolean },
  { isLeased }: StoreUsage,
): void {
  const all = users.get(image.digest) ?? [];
  const boxes = all.filter((user) => "box" in user);
  refuseUsed(word, image, boxes, named, force);
  const pool = all.find((user) => "pool" in user)?.pool;
  if (pool !== undefined)
    throw conflict(word, `image is being used by pool ${pool}`, `stop pool ${pool} first`);
  if (isLeased(image))
    throw conflict(
      word,
      "image is being used by another command",
      "try again when that command has finished",
    );
}

/**
 * Chooses what to remove, as Docker does: removing a name also removes its images if it was their last name; removing an
 * ID also removes all of its names.
 */
function choose(
  { word, force, users }: { word: string; force: boolean; users: ReadonlyMap<string, ImageUser[]> },
  { digest, tags, named }: FoundImage,
  usage: StoreUsage,
): RemovalPlan {
  const tagged = tags.filter(({ parsed }) => parsed.digest === undefined);
  if (!named && !force && new Set(tagged.map(({ reference }) => reference)).size > 1) {
    throw conflict(
      word,
      "image is referenced in multiple repositories",
      "remove its names one by one, or all of them with `force`",
      true,
    );
  }
  const tagsToRemove = named ? [named] : tags;
  // References by digest do not count as names: they are removed with the repository's last tag.
  const keeps = (tag: StoredTag) =>
    !tagsToRemove.includes(tag) && (tag.parsed.digest === undefined || named?.parsed.digest !== undefined);
  const imagesToRemove = usage.images.filter(
    (image) =>
      (image.digest === digest || image.tags.some((tag) => tagsToRemove.includes(tag))) &&
      !image.tags.some(keeps),
  );
  for (const image of imagesToRemove)
    refuse(word, image, users, { named: named !== undefined, force }, usage);
  const digestsToRemove = new Set(imagesToRemove.map((image) => image.digest));
  const emptyTags = imagesToRemove
    .flatMap((image) => image.tags)
    .filter((tag) => !tagsToRemove.includes(tag) && tag.images.every((one) => digestsToRemove.has(one)));
  return { tags: [...tagsToRemove, ...new Set(emptyTags)], images: imagesToRemove };
}

/** Chooses the images for some platforms only. A name is removed when no image of it is left. */
function choosePlatforms(
  { word, force, users }: { word: string; force: boolean; users: ReadonlyMap<string, ImageUser[]> },
  usage: StoreUsage,
  platforms: readonly Platform[],
): RemovalPlan {
  const chosen = new Set(platforms.map((platform) => findIn(usage, word, platform)));
  const digestsToRemove = new Set([...chosen].map(({ digest }) => digest));
  const images = usage.images.filter(({ digest }) => digestsToRemove.has(digest));
  for (const image of images) {
    const names = image.tags.filter(({ parsed }) => parsed.digest === undefined);
    if (names.length > 1 && !force)
      throw conflict(
        word,
        "image is referenced in multiple repositories",
        "use `force` to remove it from all of them",
        true,
      );
    refuse(word, image, users, { named: false, force }, usage);
  }
  const tags = usage.tags.filter(
    (tag) => tag.images.length > 0 && tag.images.every((one) => digestsToRemove.has(one)),
  );
  return { tags, images };
}

/**
 * Removes a name, its images (for all platforms) that have no other name, and their layers that no other image uses.
 * @param word reference, ID, or beginning of an ID
 * @param platforms whose images to remove; default: all
 * @param usersOf returns the boxes and pools that use each image, by the image's digest
 * @throws BoxError no-such-image, ambiguous-image, platform-missing, image-in-use
 */
export async function deleteImage(
  store: Store,
  word: string,
  {
    force,
    platforms = [],
    usersOf,
  }: {
    force: boolean;
    platforms?: readonly Platform[] | undefined;
    usersOf: () => Promise<ReadonlyMap<string, ImageUser[]>>;
  },
): Promise<Removed> {
  let users: ReadonlyMap<string, ImageUser[]> = new Map();
  return removeFromStore(
    store,
    async () => {
      users = await usersOf();
      return new Set(users.keys());
    },
    (usage) => {
      const asked = { word, force, users };
      return platforms.length > 0
        ? choosePlatforms(asked, usage, platforms)
        : choose(asked, findIn(usage, word), usage);
    },
  );
}
