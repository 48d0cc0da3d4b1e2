import { parseImageConfig, parseManifest } from "../manifest.js";
import type { Platform } from "../../config/syntax/platform.js";
import type { IndexDocument } from "../store/indexes.js";
import { badArchive } from "./bad-archive.js";
import type { Archive } from "./source.js";

export interface ArchivedMembers {
  /** Manifests, in the order of the indexes. */
  images: { digest: string; platform: Platform }[];
  /** The indexes that lead to them. */
  indexes: IndexDocument[];
}

/** As in a registry (registry/resolve.ts). */
const MOST_INDEXES = 3;

/**
 * Returns the images of an index that the archive has; the others may not have been saved. Attestations and images for
 * systems other than Linux are skipped.
 * @param digest of the index, or of a single manifest
 * @param name of the image, for messages
 * @throws BoxError bad-image, bad-archive, not-an-image, unsupported-layer
 */
export async function readMembers(
  { what, source, has }: Archive,
  digest: string,
  name: string,
): Promise<ArchivedMembers> {
  const members: ArchivedMembers = { images: [], indexes: [] };
  const seen = new Set<string>();

  async function follow(digest: string, depth: number): Promise<void> {
    if (seen.has(digest)) return;
    seen.add(digest);
    const { data } = await source.manifest(digest);
    const parsed = parseManifest(data, name);
    if ("manifest" in parsed) {
      const about = `the configuration of ${name}`;
      const config = parseImageConfig(await source.document(parsed.manifest.config, about), about);
      const { os, architecture, variant } = config;
      members.images.push({ digest, platform: { os, architecture, variant } });
      return;
    }
    if (depth >= MOST_INDEXES) {
      throw badArchive(what, `the indexes of ${name} are nested more than ${MOST_INDEXES} deep`);
    }
    members.indexes.push({ digest, data });
    for (const entry of parsed.index.manifests) {
      const mayBeLinux = entry.platform === undefined || entry.platform.os === "linux";
      if (mayBeLinux && (await has(entry.digest))) await follow(entry.digest, depth + 1);
    }
  }

  await follow(digest, 0);
  return members;
}
