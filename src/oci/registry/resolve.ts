import { BoxError } from "../../errors.js";
import { checkRunConfig } from "../check-run-config.js";
import { parseImageConfig, parseManifest, type ImageConfig, type Index, type Manifest } from "../manifest.js";
import { formatPlatform, platformMatches, type Platform } from "../../config/syntax/platform.js";
import type { Repository } from "./client.js";

/** An image as its registry describes it, for one platform. */
export interface RemoteImage {
  /** Digest of the manifest. */
  digest: string;
  manifest: Manifest;
  /** The manifest as it came. */
  manifestBytes: Buffer;
  config: ImageConfig;
  configBytes: Buffer;
}

/** An image, and the indexes that were read on the way to it. */
export interface ResolvedImage extends RemoteImage {
  indexes: { digest: string; data: Buffer }[];
}

/** Indexes may name indexes (OCI image-spec, image-index.md); real ones do so once at most. */
const MOST_INDEXES = 3;
/** Manifests and indexes that are asked for on the way to one image. */
const MOST_DOCUMENTS = 32;

type IndexEntry = Index["manifests"][number];

/**
 * The entries to look at, best first: those for the platform, then those that name none, among which an index may
 * lead on. More than the first few are never asked for.
 */
function candidates({ manifests }: Index, platform: Platform): IndexEntry[] {
  const fitting = manifests.filter((entry) => entry.platform && platformMatches(entry.platform, platform));
  return [...fitting, ...manifests.filter((entry) => !entry.platform)].slice(0, 8);
}

function platformsOf({ manifests }: Index): string[] {
  return manifests.flatMap(({ platform }) =>
    // Attestations are listed as unknown/unknown.
    platform && platform.os !== "unknown" ? [formatPlatform(platform)] : [],
  );
}

/**
 * Follows a manifest or index to the image for a platform, and reads its configuration.
 * @param name of the image, for messages.
 * @param root what the registry holds under the reference.
 * @throws BoxError platform-missing, not-an-image, bad-image, unsupported-layer; what Repository throws
 */
export async function resolveImage(
  repository: Repository,
  name: string,
  root: { data: Buffer; digest: string },
  platform: Platform,
): Promise<ResolvedImage> {
  const indexes: ResolvedImage["indexes"] = [];
  const offered = new Set<string>();
  const seen = new Set<string>();

  async function follow(data: Buffer, digest: string, depth: number): Promise<RemoteImage | undefined> {
    const parsed = parseManifest(data, name);
    if ("manifest" in parsed) return readImage(parsed.manifest, data, digest);
    if (depth >= MOST_INDEXES) {
      throw new BoxError("bad-image", `${name} has indexes within indexes, more than ${MOST_INDEXES} deep`);
    }
    indexes.push({ digest, data });
    for (const offer of platformsOf(parsed.index)) offered.add(offer);
    for (const entry of candidates(parsed.index, platform)) {
      if (seen.has(entry.digest)) continue;
      if (seen.size >= MOST_DOCUMENTS) {
        throw new BoxError(
          "bad-image",
          `${name} has none for ${formatPlatform(platform)} among the first ${MOST_DOCUMENTS} manifests of its indexes`,
        );
      }
      seen.add(entry.digest);
      const { data: next } = await repository.manifest(entry.digest);
      const found = await follow(next, entry.digest, depth + 1);
      if (found) return found;
    }
    return undefined;
  }

  async function readImage(
    manifest: Manifest,
    data: Buffer,
    digest: string,
  ): Promise<RemoteImage | undefined> {
    const what = `the configuration of ${name}`;
    const configBytes = await repository.document(manifest.config, what);
    const config = parseImageConfig(configBytes, what);
    if (!platformMatches(config, platform)) {
      offered.add(formatPlatform(config));
      return undefined;
    }
    checkRunConfig(config.config ?? {}, name);
    const { length } = config.rootfs.diff_ids;
    if (length !== manifest.layers.length) {
      throw new BoxError(
        "bad-image",
        `${name} has ${manifest.layers.length} layers, its configuration names ${length}`,
      );
    }
    return { digest, manifest, manifestBytes: data, config, configBytes };
  }

  const found = await follow(root.data, root.digest, 0);
  if (found) return { ...found, indexes };
  throw new BoxError("platform-missing", `${name} has no image for ${formatPlatform(platform)}`, {
    hint: offered.size > 0 ? `it has ${[...offered].slice(0, 20).join(", ")}` : "its index is empty",
  });
}
