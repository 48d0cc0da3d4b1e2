import { familiarName } from "./reference.js";
import { takeInventory, type StoredImage } from "./store/inventory.js";

export interface ListedImage {
  /** As short as Docker shows it: `nginx`; `<none>` when no reference stands for the image. */
  repository: string;
  tag?: string;
  /** What its registry holds under the reference: digest of an index or a manifest. */
  target?: string;
  /** Digest of the platform's manifest. */
  digest: string;
  /** Digest of the configuration. */
  id: string;
  /** `linux/amd64` */
  platform: string;
  /** ISO 8601, if the image says it. */
  created?: string;
  /** Bytes of its layers, uncompressed, and of its index. Images share layers. */
  size: number;
  labels: Record<string, string>;
}

/** Bytes of an image, those that it shares with others included. */
export function sizeOf({ record }: Pick<StoredImage, "record">): number {
  return (record?.files ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** When an image was made, milliseconds since 1970; 0 when it does not say. */
export function madeAt(created: string | undefined): number {
  return Date.parse(created ?? "") || 0;
}

/** All images of this host, the newest first: one for each reference, and those that no reference stands for. */
export async function listImages(): Promise<ListedImage[]> {
  const { images } = await takeInventory();
  const rows = images.flatMap((image): ListedImage[] => {
    const { digest, record, tags } = image;
    if (!record) return [];
    const { id, platform, created, config } = record;
    const common = {
      digest,
      id,
      platform,
      size: sizeOf(image),
      labels: config.Labels ?? {},
      ...(created === undefined ? {} : { created }),
    };
    if (tags.length === 0) return [{ ...common, repository: "<none>" }];
    return tags.map(({ parsed, target }) => ({
      ...common,
      repository: familiarName(parsed),
      target,
      ...(parsed.tag === undefined ? {} : { tag: parsed.tag }),
    }));
  });
  const name = ({ repository, tag = "" }: ListedImage) => `${repository}:${tag}`;
  return rows.sort(
    (a, b) =>
      Number(a.target === undefined) - Number(b.target === undefined) ||
      madeAt(b.created) - madeAt(a.created) ||
      name(a).localeCompare(name(b)),
  );
}
