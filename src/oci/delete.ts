import { BoxError } from "../errors.js";
import { findIn, type FoundImage } from "./find.js";
import type { Platform } from "../config/syntax/platform.js";
import type { StoredImage, StoredTag } from "./store/inventory.js";
import { removeFromStore, type RemovalPlan, type Removed, type StoreUsage } from "./store/remove.js";
import type { Store } from "./store/store.js";

/** A box that was made of an image. */
export interface ImageUser {
  box: string;
  running: boolean;
}

function conflict(word: string, reason: string, hint: string): BoxError {
  return new BoxError("image-in-use", `cannot remove image ${word}: ${reason}`, { hint });
}

function refuseUsed(word: string, users: ImageUser[], force: boolean): void {
  const running = users.find((user) => user.running);
  if (running) {
    throw conflict(word, `box ${running.box} runs on it`, "stop and remove that box first");
  }
  const [user] = users;
  if (user && !force) {
    throw conflict(word, `box ${user.box} was made of it`, "remove that box first, or use `force`");
  }
}

function refuse(
  word: string,
  image: StoredImage,
  users: ReadonlyMap<string, ImageUser[]>,
  force: boolean,
  { isLeased }: StoreUsage,
): void {
  refuseUsed(word, users.get(image.digest) ?? [], force);
  if (isLeased(image))
    throw conflict(word, "a command is using it at this moment", "try again when it has ended");
}

/**
 * Follows Docker: a name goes first, and with the last one all images that it stood for; an id goes with all its names.
 */
function choose(
  { word, force, users }: { word: string; force: boolean; users: ReadonlyMap<string, ImageUser[]> },
  { digest, tags, named }: FoundImage,
  surroundings: StoreUsage,
): RemovalPlan {
  const tagged = tags.filter(({ parsed }) => parsed.digest === undefined);
  if (!named && !force && new Set(tagged.map(({ reference }) => reference)).size > 1) {
    throw conflict(
      word,
      `${tagged.length} names stand for it`,
      "remove the names one by one, or all of them with `force`",
    );
  }
  const leaving = named ? [named] : tags;
  // Digests of the same repository are not names of their own: they go with its last tag.
  const keeps = (tag: StoredTag) =>
    !leaving.includes(tag) && (tag.parsed.digest === undefined || named?.parsed.digest !== undefined);
  const going = surroundings.images.filter(
    (image) =>
      (image.digest === digest || image.tags.some((tag) => leaving.includes(tag))) && !image.tags.some(keeps),
  );
  for (const image of going) refuse(word, image, users, force, surroundings);
  const gone = new Set(going.map((image) => image.digest));
  const empty = going
    .flatMap((image) => image.tags)
    .filter((tag) => !leaving.includes(tag) && tag.images.every((one) => gone.has(one)));
  return { tags: [...leaving, ...new Set(empty)], images: going };
}

/** The images for some platforms alone: a name goes when none is left that it stands for. */
function choosePlatforms(
  { word, force, users }: { word: string; force: boolean; users: ReadonlyMap<string, ImageUser[]> },
  surroundings: StoreUsage,
  platforms: readonly Platform[],
): RemovalPlan {
  const going = new Set(platforms.map((platform) => findIn(surroundings, word, platform)));
  const gone = new Set([...going].map(({ digest }) => digest));
  const images = surroundings.images.filter(({ digest }) => gone.has(digest));
  for (const image of images) {
    const names = image.tags.filter(({ parsed }) => parsed.digest === undefined);
    if (names.length > 1 && !force)
      throw conflict(word, `${names.length} names stand for it`, "`force` takes it from all of them");
    refuse(word, image, users, force, surroundings);
  }
  const tags = surroundings.tags.filter(
    (tag) => tag.images.length > 0 && tag.images.every((one) => gone.has(one)),
  );
  return { tags, images };
}

/**
 * Removes a name, and with it the images that have no other, for every platform, and their layers that no other image
 * has.
 * @param word reference, id, or beginning of an id
 * @param platforms of several platforms' images those that go; all when none is named
 * @param usersOf boxes that were made of an image, by its digest
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
    (surroundings) => {
      const asked = { word, force, users };
      return platforms.length > 0
        ? choosePlatforms(asked, surroundings, platforms)
        : choose(asked, findIn(surroundings, word), surroundings);
    },
  );
}
