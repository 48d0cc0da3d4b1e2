import type { Readable } from "node:stream";
import { BoxError } from "../../config/errors.js";
import type { PullEvent } from "../images.js";
import { recordImageEvent } from "../event.js";
import { familiarReference, formatReference, parseReference, type Reference } from "../reference.js";
import { explainWriteFailure } from "../../config/write-failure.js";
import { storeRoot } from "../store/paths.js";
import { writeTag } from "../store/tags.js";
import { badArchive } from "./bad-archive.js";
import { bringFromArchive, lazyWorkspace } from "./bring.js";
import type { Contents } from "./contents.js";
import { readDockerArchive } from "./docker-archive.js";
import { readLayout } from "./layout.js";
import { openContents, openStream } from "./open.js";

export interface LoadedImage {
  /** Digest of the configuration. */
  id: string;
  names: Reference[];
}

/** A name by digest must tell the truth: whoever asks for the digest later gets this image. */
function parseName(text: string, digest: string, what: string): Reference {
  const reference = parseReference(text);
  if (reference.digest === undefined || reference.digest === digest) return reference;
  throw badArchive(what, `it gives ${formatReference(reference)} to what has the digest ${digest}`);
}

/**
 * Brings all images of an archive into the store, under the names that they have in it.
 * @param input path of an OCI layout or of an archive, or a stream of one
 * @returns each image when it is there
 * @throws BoxError; images that were loaded stay
 */
export async function* loadArchive(
  input: string | Readable,
  onProgress: (event: PullEvent) => void,
): AsyncGenerator<LoadedImage, void, undefined> {
  const workspace = lazyWorkspace();
  let contents: Contents | undefined;
  try {
    contents =
      typeof input === "string"
        ? await openContents(input, workspace.need)
        : await openStream(input, "standard input", await workspace.need());
    const { what } = contents;
    // What is both says more as a layout.
    const archive = (await readLayout(contents)) ?? (await readDockerArchive(contents));
    if (!archive) throw badArchive(what, "it has neither an index.json nor a manifest.json");
    if (archive.images.length === 0) throw new BoxError("image-not-found", `${what} has no image`);
    for (const { digest, names, tag } of archive.images) {
      const parsed = names.map((name) => parseName(name, digest, what));
      const shown = parsed[0] ? formatReference(parsed[0]) : `${what}${tag === undefined ? "" : `:${tag}`}`;
      const image = await bringFromArchive(archive, digest, shown, { workspace, onProgress });
      for (const name of parsed) {
        await writeTag(await workspace.need(), name, { target: digest, image: image.digest });
      }
      recordImageEvent("load", image.id, parsed[0] ? familiarReference(parsed[0]) : image.id);
      yield { id: image.id, names: parsed };
    }
  } catch (error) {
    throw explainWriteFailure(error, storeRoot());
  } finally {
    await contents?.close();
    await workspace.remove();
  }
}
