import { choosePlatform, isReadable, pick, type FoundImage } from "./find.js";
import { knownTime } from "./created.js";
import { familiarName } from "../config/syntax/reference.js";
import { isListed, takeInventory, type StoredImage } from "./store/inventory.js";
import { registryDigestOf } from "./store/tags.js";
import type { Store } from "./store/store.js";

export interface ListedImage {
  /** In Docker's short form: `nginx`; `<none>` for an image without a name. */
  repository: string;
  tag?: string;
  /** Digest of the index or manifest that the reference refers to. */
  target?: string;
  /** Digest that its registry knows it by, if it was pulled or pushed. */
  registryDigest?: string;
  /** Digest of the manifest; for several platforms, that of the host's image, if it is here. */
  digest: string;
  /** Digest of the configuration. */
  id: string;
  /** `linux/amd64` */
  platform: string;
  /** ISO 8601, if known. */
  created?: string;
  /** Bytes of the uncompressed layers and the metadata, for all platforms. Layers may be shared with other images. */
  size: number;
  labels: Record<string, string>;
}

/** Returns the size of an image in bytes, including layers that it shares with other images. */
export function sizeOf({ record }: Pick<StoredImage, "record">): number {
  return (record?.files ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Returns the creation time of an image in milliseconds since 1970; 0 if unknown. */
export function madeAt(created: string | undefined): number {
  return Date.parse(knownTime(created) ?? "") || 0;
}

/** Returns the size of several images in bytes, counting shared layers once. */
function sizeOfAll(images: readonly StoredImage[]): number {
  const files = images.flatMap(({ record }) => record?.files ?? []);
  return [...new Map(files.map(({ path, bytes }) => [path, bytes])).values()].reduce(
    (sum, bytes) => sum + bytes,
    0,
  );
}

/** Lists all images on this host, newest first: one entry per reference, and those without a name. */
export async function listImages(store: Store): Promise<ListedImage[]> {
  const inventory = await takeInventory(store);
  const describe = (images: FoundImage[], { digest, record }: FoundImage): ListedImage => {
    const { id, platform, config } = record;
    const created = knownTime(record.created);
    return {
      repository: "<none>",
      digest,
      id,
      platform,
      size: sizeOfAll(images),
      labels: config.Labels ?? {},
      ...(created === undefined ? {} : { created }),
    };
  };
  const named = inventory.tags.flatMap((tag): ListedImage[] => {
    const images = pick(inventory, tag.images);
    const shown = choosePlatform(images, { named: tag });
    if (!shown) return [];
    const { parsed, target } = tag;
    const registryDigest = registryDigestOf(tag);
    return [
      {
        ...describe(images, shown),
        repository: familiarName(parsed),
        target,
        ...(registryDigest === undefined ? {} : { registryDigest }),
        ...(parsed.tag === undefined ? {} : { tag: parsed.tag }),
      },
    ];
  });
  const nameless = inventory.images
    .filter(isReadable)
    .filter(isListed)
    .flatMap((image) => (image.tags.length === 0 ? [describe([image], image)] : []));
  const name = ({ repository, tag = "" }: ListedImage) => `${repository}:${tag}`;
  return [...named, ...nameless].sort(
    (a, b) =>
      Number(a.target === undefined) - Number(b.target === undefined) ||
      madeAt(b.created) - madeAt(a.created) ||
      name(a).localeCompare(name(b)),
  );
}
