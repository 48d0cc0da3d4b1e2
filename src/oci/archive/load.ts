import type { Readable } from "node:stream";
import { BoxError } from "../../errors.js";
import type { Image } from "../image.js";
import type { PullEvent } from "../pull/event.js";
import {
  formatPlatform,
  hostPlatform,
  isFor,
  platformMatches,
  type Platform,
} from "../../config/syntax/platform.js";
import { formatReference, parseReference, type Reference } from "../../config/syntax/reference.js";
import { explainWriteFailure } from "../../host/write-failure.js";
import { lease } from "../store/lease.js";
import { keepIndexes } from "../store/indexes.js";
import { writeTag } from "../store/tags.js";
import { badArchive } from "./bad-archive.js";
import { storeFromArchive, lazyWorkspace, type LazyWorkspace } from "./store-image.js";
import type { Contents } from "./contents.js";
import { readDockerArchive } from "./docker-archive.js";
import { readLayout } from "./layout.js";
import { readMembers } from "./members.js";
import { openContents, openStream } from "./open.js";
import type { Archive } from "./source.js";
import type { Store } from "../store/store.js";

export interface LoadedImage {
  /** Digest of the configuration; for several platforms, that of the host's image. */
  id: string;
  names: Reference[];
}

/** Parses a name. A digest in it must be the image's, because later requests for that digest get this image. */
function parseName(text: string, digest: string, what: string): Reference {
  const reference = parseReference(text);
  if (reference.digest === undefined || reference.digest === digest) return reference;
  throw badArchive(
    what,
    `it gives the name ${formatReference(reference)} to an image with the digest ${digest}`,
  );
}

/** Adds an image, or the images of an index: for one platform, or all that the archive has. */
async function storeAll(
  store: Store,
  archive: Archive,
  digest: string,
  name: string,
  { platform, ...options }: LoadOptions & { workspace: LazyWorkspace },
): Promise<Image[]> {
  const { images, indexes } = await readMembers(archive, digest, name);
  const wanted = images.filter((image) => !platform || platformMatches(image.platform, platform));
  if (wanted.length === 0) {
    const here = images.map((image) => formatPlatform(image.platform)).join(", ");
    throw new BoxError(
      "platform-missing",
      `${name} in ${archive.what} has no image for ${platform ? formatPlatform(platform) : "linux"}`,
      { hint: here === "" ? "none of its images is in the archive" : `available platforms: ${here}` },
    );
  }
  const stored: Image[] = [];
  for (const one of wanted) {
    stored.push(
      await storeFromArchive(store, archive, one.digest, name, { ...options, platform: one.platform }),
    );
  }
  await lease(
    store,
    indexes.map((index) => index.digest),
  );
  if (indexes.length > 0) await keepIndexes(store, indexes, await options.workspace.need());
  return stored;
}

export interface LoadOptions {
  onProgress: (event: PullEvent) => void;
  /** Which image of an index to load. Default: all of them. */
  platform?: Platform | undefined;
}

/**
 * Adds all images of an archive to the store, under the names that they have in it.
 * @param input path of an OCI layout or an archive, or a stream of an archive
 * @returns each image after it has been loaded
 * @throws BoxError; images that have been loaded remain in the store
 */
export async function* loadArchive(
  store: Store,
  input: string | Readable,
  options: LoadOptions,
): AsyncGenerator<LoadedImage, void, undefined> {
  const workspace = lazyWorkspace(store);
  let contents: Contents | undefined;
  try {
    contents =
      typeof input === "string"
        ? await openContents(input, workspace.need, store)
        : await openStream(input, "stdin", await workspace.need(), store);
    const { what } = contents;
    // If it is both, the layout has more information.
    const archive = (await readLayout(store, contents)) ?? (await readDockerArchive(store, contents));
    if (!archive) throw badArchive(what, "it has neither an index.json nor a manifest.json");
    if (archive.images.length === 0) throw new BoxError("image-not-found", `${what} has no image`);
    for (const { digest, names, tag } of archive.images) {
      const parsed = names.map((name) => parseName(name, digest, what));
      const shown = parsed[0] ? formatReference(parsed[0]) : `${what}${tag === undefined ? "" : `:${tag}`}`;
      const stored = await storeAll(store, archive, digest, shown, { ...options, workspace });
      const image = stored.find(({ platform }) => isFor(platform, hostPlatform())) ?? stored[0];
      if (!image) continue;
      for (const name of parsed) {
        await writeTag(store, await workspace.need(), name, { target: digest, image: image.digest });
      }
      yield { id: image.id, names: parsed };
    }
  } catch (error) {
    throw explainWriteFailure(error, store.root);
  } finally {
    await contents?.close();
    await workspace.remove();
  }
}
