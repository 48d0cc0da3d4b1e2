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
  /** Digest of the configuration; of several platforms' that of the host's. */
  id: string;
  names: Reference[];
}

/** A name by digest must tell the truth: whoever asks for the digest later gets this image. */
function parseName(text: string, digest: string, what: string): Reference {
  const reference = parseReference(text);
  if (reference.digest === undefined || reference.digest === digest) return reference;
  throw badArchive(what, `it gives ${formatReference(reference)} to what has the digest ${digest}`);
}

/** Brings an image, or those of an index: for one platform, or all that the archive has. */
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
      { hint: here === "" ? "its index names none that is in the archive" : `it has ${here}` },
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
  /** Of an index, the image to load; all of them unless said. */
  platform?: Platform | undefined;
}

/**
 * Brings all images of an archive into the store, under the names that they have in it.
 * @param input path of an OCI layout or of an archive, or a stream of one
 * @returns each image when it is there
 * @throws BoxError; images that were loaded stay
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
        ? await openContents(input, workspace.need, store.signal)
        : await openStream(input, "standard input", await workspace.need(), store.signal);
    const { what } = contents;
    // What is both says more as a layout.
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
