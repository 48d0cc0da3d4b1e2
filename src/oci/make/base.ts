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

/** An image that another one is to be made of, by layers above its own. */
export interface Base {
  platform: { os: string; architecture: string; variant?: string | undefined };
  config: RunConfig;
  history: unknown[];
  diffIds: string[];
  /** Its layers as a manifest of OCI's names them. */
  layers: Descriptor[];
  /** Where it lies. */
  store: string;
}

/** What a layer is called in a manifest of OCI's, where one of Docker's names it. */
function toOci(mediaType = "application/vnd.oci.image.layer.v1.tar+gzip"): string {
  const [, compression] =
    /^application\/vnd\.docker\.image\.rootfs\.diff\.tar(?:\.(\w+))?$/.exec(mediaType) ?? [];
  if (!mediaType.startsWith("application/vnd.docker.")) return mediaType;
  return `application/vnd.oci.image.layer.v1.tar${compression === undefined ? "" : `+${compression}`}`;
}

/**
 * Reads an image of a store.
 * @param digest of its manifest
 * @throws BoxError image-missing, bad-image
 */
export async function readBase(digest: string, store: string): Promise<Base> {
  const files = imageFiles(join(store, "images", hex(digest)));
  const what = `image ${digest}`;
  const [manifestBytes, configBytes] = await Promise.all([
    readFile(files.manifest),
    readFile(files.config),
  ]).catch((cause: unknown) => {
    throw new BoxError("image-missing", `${what} is not on this host any more`, { cause });
  });
  const parsed = parseManifest(manifestBytes, what);
  if (!("manifest" in parsed))
    throw new BoxError("bad-image", `${what} has an index in its manifest's place`);
  const { os, architecture, variant, rootfs } = parseImageConfig(configBytes, `the configuration of ${what}`);
  const { config, history } = z.parse(Documents, JSON.parse(configBytes.toString("utf8")));
  return {
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

async function share(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    // Another file system, or one without hard links.
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    const file = await open(to, "r");
    await file.sync().finally(() => file.close());
  }
}

/** Brings an image's layers into this process's store, when it lies in another one. */
export async function adoptLayers(store: Store, base: Base, { folder }: Workspace): Promise<void> {
  await mkdir(layersFolder(store), { recursive: true, mode: 0o700 });
  for (const diffId of new Set(base.diffIds)) {
    const final = layerFiles(layersFolder(store), diffId);
    store.signal?.throwIfAborted();
    if (await exists(final.entries)) continue;
    const from = layerFiles(join(base.store, "layers"), diffId);
    const temporary = layerFiles(folder, diffId);
    await share(from.tar, temporary.tar);
    await share(from.entries, temporary.entries);
    await publishLayer(temporary, final);
  }
}
