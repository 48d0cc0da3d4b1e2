import { BoxError } from "../../errors.js";
import { checkRunConfig } from "../check-run-config.js";
import { parseImageConfig, parseManifest, type ImageConfig, type Index, type Manifest } from "../manifest.js";
import {
  acceptedPlatforms,
  formatPlatform,
  hostPlatform,
  platformMatches,
  type Platform,
} from "../../config/syntax/platform.js";
import type { Repository } from "./client.js";
import { counted } from "../../config/syntax/counted.js";

/** An image for one platform, as its registry describes it. */
export interface RemoteImage {
  /** Digest of the manifest. */
  digest: string;
  manifest: Manifest;
  /** The manifest as received. */
  manifestBytes: Buffer;
  config: ImageConfig;
  configBytes: Buffer;
  platform: Platform;
}

/** An image, and the indexes that lead to it. */
export interface ResolvedImage extends RemoteImage {
  indexes: { digest: string; data: Buffer }[];
}

/** Maximum nesting of indexes (OCI image-spec, image-index.md); real images use two levels at most. */
const MOST_INDEXES = 3;
/** Maximum number of manifests and indexes to fetch while looking for one image. */
const MOST_DOCUMENTS = 32;

type IndexEntry = Index["manifests"][number];

/**
 * Returns the entries to look at, best first: those for the platforms, then those without a platform, which may be
 * nested indexes. Only the first few are returned.
 */
function candidates({ manifests }: Index, platforms: readonly Platform[]): IndexEntry[] {
  const matching = platforms.flatMap((wanted) =>
    manifests.filter(({ platform }) => platform && platformMatches(platform, wanted)),
  );
  return [...matching, ...manifests.filter((entry) => !entry.platform)].slice(0, 8);
}

function platformsOf({ manifests }: Index): string[] {
  return manifests.flatMap(({ platform }) =>
    // Attestations are listed as unknown/unknown.
    platform && platform.os !== "unknown" ? [formatPlatform(platform)] : [],
  );
}

/**
 * Follows a manifest or index to the image for a platform, and reads its configuration.
 * @param name of the image, for messages
 * @param root the manifest or index that the reference refers to
 * @param platform by default the host's; a reference to a single image may then be for any platform, as in Docker
 * @throws BoxError platform-missing, not-an-image, bad-image, unsupported-layer, and what Repository throws
 */
export async function resolveImage(
  repository: Repository,
  name: string,
  root: { data: Buffer; digest: string },
  platform?: Platform,
): Promise<ResolvedImage> {
  const accepted = acceptedPlatforms(platform);
  const wanted = formatPlatform(platform ?? hostPlatform());
  const indexes: ResolvedImage["indexes"] = [];
  const offered = new Set<string>();
  const seen = new Set<string>();

  /** @param listed platform in the index, which is more precise: many configurations for arm have no variant */
  async function follow(
    data: Buffer,
    digest: string,
    depth: number,
    listed?: Platform,
  ): Promise<RemoteImage | undefined> {
    const parsed = parseManifest(data, name);
    if ("manifest" in parsed) return readImage(parsed.manifest, data, digest, listed);
    if (depth >= MOST_INDEXES) {
      throw new BoxError("bad-image", `the indexes of ${name} are nested more than ${MOST_INDEXES} deep`);
    }
    indexes.push({ digest, data });
    for (const offer of platformsOf(parsed.index)) offered.add(offer);
    for (const entry of candidates(parsed.index, accepted)) {
      if (seen.has(entry.digest)) continue;
      if (seen.size >= MOST_DOCUMENTS) {
        throw new BoxError(
          "bad-image",
          `${name} has no image for ${wanted} among the first ${MOST_DOCUMENTS} manifests of its indexes`,
        );
      }
      seen.add(entry.digest);
      const { data: next } = await repository.manifest(entry.digest);
      const found = await follow(next, entry.digest, depth + 1, entry.platform);
      if (found) return found;
    }
    return undefined;
  }

  async function readImage(
    manifest: Manifest,
    data: Buffer,
    digest: string,
    listed: Platform | undefined,
  ): Promise<RemoteImage | undefined> {
    const what = `the configuration of ${name}`;
    const configBytes = await repository.document(manifest.config, what);
    const config = parseImageConfig(configBytes, what);
    const { os, architecture, variant = listed?.variant } = config;
    const own = { os, architecture, ...(variant ? { variant } : {}) };
    const isOnly = platform === undefined && indexes.length === 0 && os === "linux";
    if (!isOnly && !accepted.some((one) => platformMatches(own, one))) {
      offered.add(formatPlatform(own));
      return undefined;
    }
    checkRunConfig(config.config ?? {}, name);
    const { length } = config.rootfs.diff_ids;
    if (length !== manifest.layers.length) {
      throw new BoxError(
        "bad-image",
        `${name} has ${counted(manifest.layers.length, "layer")}, but its configuration lists ${length}`,
      );
    }
    return { digest, manifest, manifestBytes: data, config, configBytes, platform: own };
  }

  const found = await follow(root.data, root.digest, 0);
  if (found) return { ...found, indexes };
  throw new BoxError("platform-missing", `${name} has no image for ${wanted}`, {
    hint:
      offered.size > 0
        ? `available platforms: ${[...offered].slice(0, 20).join(", ")}`
        : "its index is empty",
  });
}
