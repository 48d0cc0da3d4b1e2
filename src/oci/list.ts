import { choosePlatform, isReadable, pick, type FoundImage } from "./find.js";
import { knownTime } from "./created.js";
import { familiarName } from "../config/syntax/reference.js";
import { takeInventory, type StoredImage } from "./store/inventory.js";
import type { Store } from "./store/store.js";

export interface ListedImage {
  /** As short as Docker shows it: `nginx`; `<none>` when no reference stands for the image. */
  repository: string;
  tag?: string;
  /** What its registry holds under the reference: digest of an index or a manifest. */
  target?: string;
  /** Digest of the manifest: of several platforms' that of the host's, if it is here. */
  digest: string;
  /** Digest of the configuration. */
  id: string;
  /** `linux/amd64` */
  platform: string;
  /** ISO 8601, if the image says it. */
  created?: string;
  /** Bytes of layers, uncompressed, and of what describes them, for all platforms. Images share layers. */
  size: number;
  labels: Record<string, string>;
}

/** Bytes of an image, those that it shares with others included. */
export function sizeOf({ record }: Pick<StoredImage, "record">): number {
  return (record?.files ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** When an image was made, milliseconds since 1970; 0 when it does not say. */
export function madeAt(created: string | undefined): number {
  return Date.parse(knownTime(created) ?? "") || 0;
}

/** Bytes of several images, what they share once. */
function sizeOfAll(images: readonly StoredImage[]): number {
  const files = images.flatMap(({ record }) => record?.files ?? []);
  return [...new Map(files.map(({ path, bytes }) => [path, bytes])).values()].reduce(
    (sum, bytes) => sum + bytes,
    0,
  );
}

/** All images of this host, the newest first: one for each reference, and those that no reference stands for. */
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
    return [
      {
        ...describe(images, shown),
        repository: familiarName(parsed),
        target,
        ...(parsed.tag === undefined ? {} : { tag: parsed.tag }),
      },
    ];
  });
  const nameless = inventory.images
    .filter(isReadable)
    .flatMap((image) => (image.tags.length === 0 ? [describe([image], image)] : []));
  const name = ({ repository, tag = "" }: ListedImage) => `${repository}:${tag}`;
  return [...named, ...nameless].sort(
    (a, b) =>
      Number(a.target === undefined) - Number(b.target === undefined) ||
      madeAt(b.created) - madeAt(a.created) ||
      name(a).localeCompare(name(b)),
  );
}
