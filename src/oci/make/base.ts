import { constants } from "node:fs";
import { copyFile, link, mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { exists } from "../../host/read.js";
import { BoxError } from "../../errors.js";
import { parseImageConfig, parseManifest, type Descriptor } from "../manifest.js";
import { publishLayer } from "../pull/layer.js";
import { hex, imageFiles, layerFiles, layersFolder } from "../store/paths.js";
import type { Workspace } from "../store/workspace.js";
import { RunConfig } from "./run-config.js";
import type { Store } from "../store/store.js";

const Documents = z.looseObject({
  config: z.nullish(RunConfig),
  history: z.nullish(z.array(z.unknown())),
});

/** An image that a new one is based on, with more layers on top. */
export interface Base {
  /** Digest of its manifest. */
  digest: string;
  platform: { os: string; architecture: string; variant?: string | undefined };
  config: RunConfig;
  history: unknown[];
  diffIds: string[];
  /** Its layers, with OCI's media types. */
  layers: Descriptor[];
  /** Absolute path of the store that it is in. */
  store: string;
}

/** Converts Docker's media type of a layer to OCI's. */
function toOci(mediaType = "application/vnd.oci.image.layer.v1.tar+gzip"): string {
  const [, compression] =
    /^application\/vnd\.docker\.image\.rootfs\.diff\.tar(?:\.(\w+))?$/.exec(mediaType) ?? [];
  if (!mediaType.startsWith("application/vnd.docker.")) return mediaType;
  return `application/vnd.oci.image.layer.v1.tar${compression === undefined ? "" : `+${compression}`}`;
}

/**
 * Reads an image from a store.
 * @param digest digest of its manifest
 * @param store absolute path of the store
 * @throws BoxError image-missing, bad-image
 */
export async function readBase(digest: string, store: string): Promise<Base> {
  const files = imageFiles(join(store, "images", hex(digest)));
  const what = `image ${digest}`;
  const [manifestBytes, configBytes] = await Promise.all([
    readFile(files.manifest),
    readFile(files.config),
  ]).catch((cause: unknown) => {
    throw new BoxError("image-missing", `${what} is no longer on this host`, { cause });
  });
  const parsed = parseManifest(manifestBytes, what);
  if (!("manifest" in parsed)) throw new BoxError("bad-image", `${what} has an index instead of a manifest`);
  const { os, architecture, variant, rootfs } = parseImageConfig(configBytes, `the configuration of ${what}`);
  const { config, history } = z.parse(Documents, JSON.parse(configBytes.toString("utf8")));
  return {
    digest,
    platform: { os, architecture, variant },
    config: config ?? {},
    history: history ?? [],
    diffIds: rootfs.diff_ids,
    layers: parsed.manifest.layers.map(({ mediaType, digest, size }) => ({
      mediaType: toOci(mediaType),
      digest,
      size,
    })),
    store,
  };
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    // The store may be on another file system, or on one without hard links.
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    const file = await open(to, "r");
    await file.sync().finally(() => file.close());
  }
}

/** Adds an image's layers to `store` if it is in another one. */
export async function adoptLayers(store: Store, base: Base, { folder }: Workspace): Promise<void> {
  await mkdir(layersFolder(store), { recursive: true, mode: 0o700 });
  for (const diffId of new Set(base.diffIds)) {
    const final = layerFiles(layersFolder(store), diffId);
    store.signal?.throwIfAborted();
    if (await exists(final.entries)) continue;
    const from = layerFiles(join(base.store, "layers"), diffId);
    const temporary = layerFiles(folder, diffId);
    await linkOrCopy(from.tar, temporary.tar);
    await linkOrCopy(from.entries, temporary.entries);
    await publishLayer(temporary, final);
  }
}
