import { BoxError } from "../config/errors.js";
import type { Image } from "./image.js";
import { familiarName, formatReference, parseReference, type Reference } from "./reference.js";
import { findDamage, listImageDigests, readRecord, toImage } from "./store/record.js";
import { listTags, readTag } from "./store/tags.js";

/** How a layer is getting on. */
export interface PullEvent {
  /** Of the layer, as the registry has it. */
  digest: string;
  /** Bytes that have come. */
  current: number;
  total?: number;
  phase: "waiting" | "downloading" | "done" | "exists";
}

export interface ListedImage {
  /** As short as Docker shows it: `nginx`. */
  repository: string;
  tag?: string;
  /** Digest of the configuration. */
  id: string;
  /** ISO 8601, if the image says it. */
  created?: string;
  /** Bytes of its layers, uncompressed, and of its index. Images share layers. */
  size: number;
}

/** The image a reference stands for here; the path of what is missing or damaged; undefined when it never came. */
async function findImage(reference: Reference): Promise<Image | { damaged: string } | undefined> {
  const tag = await readTag(reference);
  const record = tag && (await readRecord(tag.image));
  if (!tag || !record) return undefined;
  const damaged = await findDamage(record);
  return damaged === undefined ? toImage(formatReference(reference), tag.image, record) : { damaged };
}

/**
 * An image that is whole and on this host. One that is here already costs the reading of two small files; the
 * registry's client and all that belongs to a pull are loaded only when something has to come.
 * @throws BoxError invalid-reference, image-missing (pull is never), and what a pull throws
 */
export async function ensureImage(
  reference: string,
  { pull, onProgress }: { pull: "always" | "missing" | "never"; onProgress: (event: PullEvent) => void },
): Promise<Image> {
  const parsed = parseReference(reference);
  const name = formatReference(parsed);
  if (pull !== "always") {
    const found = await findImage(parsed);
    if (found && !("damaged" in found)) return found;
    if (pull === "never") {
      const reason = found ? `damaged: ${found.damaged} is not what was pulled` : "not on this host";
      throw new BoxError(
        "image-missing",
        `image ${name} is ${reason}, and --pull never forbids to fetch it`,
        {
          hint: `run \`box pull ${reference}\``,
        },
      );
    }
  }
  const { pullImage } = await import("./pull/pull.js");
  return pullImage(parsed, onProgress);
}

/** All images of this host: one for each reference, then those that no reference stands for any more. */
export async function listImages(): Promise<ListedImage[]> {
  const [tags, digests] = await Promise.all([listTags(), listImageDigests()]);
  const records = new Map(
    await Promise.all(digests.map(async (digest) => [digest, await readRecord(digest)] as const)),
  );
  const describe = (digest: string, repository: string, tag: string | undefined): ListedImage[] => {
    const record = records.get(digest);
    if (!record) return [];
    const { id, created, files } = record;
    const size = files.reduce((sum, { bytes }) => sum + bytes, 0);
    return [
      {
        repository,
        id,
        size,
        ...(tag === undefined ? {} : { tag }),
        ...(created === undefined ? {} : { created }),
      },
    ];
  };
  const tagged = new Set(tags.map(({ image }) => image));
  return [
    ...tags.flatMap(({ image, parsed }) => describe(image, familiarName(parsed), parsed.tag)),
    ...digests
      .filter((digest) => !tagged.has(digest))
      .flatMap((digest) => describe(digest, "<none>", undefined)),
  ];
}
