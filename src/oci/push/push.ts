import { stat } from "node:fs/promises";
import { BoxError } from "../../config/errors.js";
import { readSettings } from "../../config/settings.js";
import { sha256 } from "../digest.js";
import type { Descriptor } from "../manifest.js";
import { formatPlatform } from "../platform.js";
import { formatReference, type Reference } from "../reference.js";
import { registryEndpoint } from "../registry/endpoint.js";
import { LIMITS, type Limits } from "../registry/failure.js";
import { openSession, type Session } from "../registry/session.js";
import { cancelUpload, mountBlob, type Upload } from "../registry/upload-session.js";
import { blobExists, putManifest, uploadBlob } from "../registry/upload.js";
import { hold } from "../store/hold.js";
import { layerFiles, layersFolder } from "../store/paths.js";
import { compressLayer } from "./compress.js";
import { recallBlob, rememberBlob } from "./known-blobs.js";
import { deferEnding } from "./ending.js";
import { findSources, readLocalImage, type BlobSource, type LocalLayer } from "./local-image.js";
import { gzipLayerType, mediaTypeOf, replaceLayers } from "./manifest.js";

/** How a layer is getting on. */
export interface PushEvent {
  /** Its diffID. */
  digest: string;
  /** Bytes of its tar that are on their way, compressed. */
  current: number;
  total?: number;
  phase: "waiting" | "pushing" | "done" | "exists" | "mounted";
}

export interface PushedImage {
  /** Digest of the manifest as the registry has it now. */
  digest: string;
  /** Bytes of the manifest. */
  size: number;
  /** What the tag stood for is an index of several platforms, of which this host has one. */
  partOfIndex: boolean;
  /** `linux/amd64`. */
  platform: string;
}

/** zlib has four threads. */
const MOST_LAYERS = 4;
/** Repositories of the registry that a layer is looked for in. */
const MOST_SOURCES = 4;
const REPORT_EVERY_MS = 100;

interface Push {
  session: Session;
  reference: Reference;
  gzipType: string;
  sources: BlobSource[];
  limits: Limits;
  signal: AbortSignal;
  /** Ends all that is under way. */
  stop: () => void;
  onProgress: (event: PushEvent) => void;
}

/**
 * Sends an image of this host to the registry that its name says. Layers that are there are not sent; those of other
 * repositories of the registry are mounted; the others are compressed with gzip and uploaded. Where that changes a
 * layer's digest the manifest changes with it; the configuration, and so the image's id, stays.
 * @param reference with a tag; a digest cannot be pushed to
 * @throws BoxError image-missing, image-damaged, access-denied, registry-…, invalid-settings
 */
export async function pushImage(
  reference: Reference,
  onProgress: (event: PushEvent) => void,
  { limits = LIMITS }: { limits?: Limits } = {},
): Promise<PushedImage> {
  const image = await readLocalImage(reference);
  const [{ registries }, sources] = await Promise.all([
    readSettings(),
    findAllSources(reference, image.layers),
  ]);
  const release = await hold([image.digest, ...image.layers.map(({ diffId }) => diffId)]);
  const abort = new AbortController();
  const { signal } = abort;
  const stop = () => abort.abort();
  const ended = deferEnding(stop);
  const session = openSession(registryEndpoint(reference.domain, registries), {
    path: reference.path,
    access: "push",
    sources: [...new Set(sources.map(({ path }) => path))].filter((path) => path !== reference.path),
    signal,
    limits,
  });
  const name = formatReference(reference);
  const mediaType = mediaTypeOf(image.manifestBytes);
  const gzipType = gzipLayerType(mediaType);
  const push: Push = { session, reference, gzipType, sources, limits, signal, stop, onProgress };
  try {
    const blobs = await pushLayers(push, image.layers);
    const { configBytes, configDigest } = image;
    if (!(await blobExists(session, configDigest))) {
      const what = `the configuration of ${name}`;
      await uploadBlob({ session, what, limits, signal }, () => fromMemory(configBytes));
    }
    const layers = image.layers.map(({ diffId, descriptor }) => blobs.get(diffId) ?? descriptor);
    const same = layers.every(({ digest }, i) => digest === image.layers[i]?.descriptor.digest);
    const data = same ? image.manifestBytes : replaceLayers(image.manifestBytes, layers);
    await putManifest(session, reference.tag ?? "latest", { data, mediaType }, name);
    return {
      digest: sha256(data),
      size: data.length,
      partOfIndex: image.target !== image.digest,
      platform: formatPlatform(image.config),
    };
  } finally {
    stop();
    await session.close();
    await release();
    ended();
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous, this one's content is there
async function* fromMemory(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

/** Where layers may be at the registry: by tags of this host, and by what earlier pushes remember. */
async function findAllSources({ domain }: Reference, layers: LocalLayer[]): Promise<BlobSource[]> {
  const wanted = new Set(layers.map(({ diffId }) => diffId));
  const remembered = [...wanted].map(async (diffId): Promise<BlobSource[]> => {
    const blob = await recallBlob(diffId);
    const prefix = `${domain}/`;
    return (blob?.repositories ?? [])
      .filter((repository) => repository.startsWith(prefix))
      .map((repository) => ({
        diffId,
        descriptor: { digest: blob?.digest ?? "", size: blob?.size ?? 0 },
        path: repository.slice(prefix.length),
      }));
  });
  const [byTags, ...byMemory] = await Promise.all([findSources(domain), ...remembered]);
  const found = [...byTags.filter(({ diffId }) => wanted.has(diffId)), ...byMemory.flat()];
  const repositories = [...new Set(found.map(({ path }) => path))].slice(0, MOST_SOURCES);
  return found.filter(({ path }) => repositories.includes(path));
}

/** @returns the blob of each layer that has another one than before */
async function pushLayers(push: Push, layers: LocalLayer[]): Promise<Map<string, Descriptor>> {
  const different = [...new Map(layers.map((layer) => [layer.diffId, layer])).values()];
  const sized = await Promise.all(
    different.map(async (layer) => {
      const file = await stat(layerFiles(layersFolder(), layer.diffId).tar).catch(() => undefined);
      return { layer, total: file?.size ?? 0 };
    }),
  );
  for (const { layer, total } of sized) {
    push.onProgress({ digest: layer.diffId, current: 0, total, phase: "waiting" });
  }
  // The largest first, so that none is left running alone at the end.
  const queue = sized.sort((a, b) => b.total - a.total);
  const blobs = new Map<string, Descriptor>();
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      blobs.set(next.layer.diffId, await pushLayer(push, next.layer, next.total));
    }
  };
  const lanes = Array.from({ length: Math.min(MOST_LAYERS, queue.length) }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    queue.length = 0;
    push.stop();
    // Each takes back what it has begun.
    await Promise.allSettled(lanes);
    throw error;
  }
  return blobs;
}

async function pushLayer(push: Push, { diffId, descriptor }: LocalLayer, total: number): Promise<Descriptor> {
  const { session, reference, gzipType, sources, onProgress } = push;
  const tell = (phase: PushEvent["phase"], current: number) =>
    onProgress({ digest: diffId, current, total, phase });
  if (await blobExists(session, descriptor.digest)) {
    tell("exists", total);
    return descriptor;
  }
  let begun: Upload | undefined;
  for (const source of sources.filter((one) => one.diffId === diffId)) {
    const { digest, size, mediaType } = source.descriptor;
    const original = digest === descriptor.digest;
    // Of others, those that are as box would compress them.
    if (!original && mediaType !== undefined && !/gzip$/.test(mediaType)) continue;
    const blob = original ? descriptor : { ...descriptor, mediaType: gzipType, digest, size };
    if (source.path === reference.path) {
      if (original || !(await blobExists(session, digest))) continue;
      tell("exists", total);
      return blob;
    }
    const mounted = await mountBlob(session, digest, source.path);
    if (mounted && begun) await cancelUpload(session, begun);
    if (mounted === true) {
      tell("mounted", total);
      if (!original) await rememberBlob(diffId, { digest, size }, `${reference.domain}/${reference.path}`);
      return blob;
    }
    begun = mounted ?? begun;
  }
  const { digest, size } = await uploadLayer(push, diffId, total, begun);
  tell("done", total);
  await rememberBlob(diffId, { digest, size }, `${reference.domain}/${reference.path}`);
  return { ...descriptor, mediaType: gzipType, digest, size };
}

async function uploadLayer(
  { session, limits, signal, onProgress }: Push,
  diffId: string,
  total: number,
  begun: Upload | undefined,
): Promise<{ digest: string; size: number }> {
  const open = () => {
    let current = 0;
    let reported = 0;
    return compressLayer(diffId, (bytes) => {
      current += bytes;
      const now = performance.now();
      if (now - reported < REPORT_EVERY_MS) return;
      reported = now;
      onProgress({ digest: diffId, current, total, phase: "pushing" });
    });
  };
  return uploadBlob({ session, what: `layer ${diffId}`, limits, signal }, open, begun);
}

/** @throws BoxError invalid-reference when the reference has a digest, which nothing can be pushed to */
export function checkPushable(reference: Reference, text: string): void {
  if (reference.digest === undefined) return;
  throw new BoxError(
    "invalid-reference",
    `IMAGE: ${JSON.stringify(text)} has a digest, which cannot be pushed to`,
    {
      hint: "name the image by tag",
      exitCode: 1,
    },
  );
}
