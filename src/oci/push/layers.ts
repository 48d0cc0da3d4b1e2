import { statIfExists } from "../../host/read.js";
import type { Reference } from "../../config/syntax/reference.js";
import type { Limits } from "../registry/failure.js";
import type { Session } from "../registry/session.js";
import { cancelUpload, mountBlob, type Upload } from "../registry/upload-session.js";
import { blobExists, uploadBlob } from "../registry/upload.js";
import type { Inventory } from "../store/inventory.js";
import { layerFiles, layersFolder } from "../store/paths.js";
import { recordUnpacked } from "../store/unpacked.js";
import { compressLayer } from "./compress.js";
import { recallBlob, rememberBlob } from "./known-blobs.js";
import { layersAt, type BlobSource, type LocalLayer } from "./local-image.js";
import type { Blob } from "./manifest.js";
import type { Store } from "../store/store.js";

/** Progress of a layer. */
export interface PushEvent {
  /** Its diffID. */
  digest: string;
  /** Bytes of its tar that have been compressed for sending. */
  current: number;
  total?: number;
  phase: "waiting" | "pushing" | "done" | "exists" | "mounted";
}

/** A push of layers to one repository. */
export interface LayerPush {
  session: Session;
  reference: Reference;
  sources: BlobSource[];
  limits: Limits;
  signal: AbortSignal;
  /** Cancels all uploads. */
  stop: () => void;
  onProgress: (event: PushEvent) => void;
}

/** Layers to push concurrently: zlib has four threads. */
const MOST_LAYERS = 4;
/** Maximum number of repositories of the registry in which to look for layers. */
const MOST_SOURCES = 4;
const REPORT_EVERY_MS = 100;

/** Finds repositories of the registry that may have layers, from local tags and earlier pushes. */
export async function findSources(
  store: Store,
  { domain }: Reference,
  layers: LocalLayer[],
  inventory: Inventory,
): Promise<BlobSource[]> {
  const wanted = new Set(layers.map(({ diffId }) => diffId));
  const remembered = [...wanted].map(async (diffId): Promise<BlobSource[]> => {
    const blob = await recallBlob(store, diffId);
    const prefix = `${domain}/`;
    return (blob?.repositories ?? [])
      .filter((repository) => repository.startsWith(prefix))
      .map((repository) => ({
        diffId,
        descriptor: { digest: blob?.digest ?? "", size: blob?.size ?? 0 },
        path: repository.slice(prefix.length),
      }));
  });
  const [byTags, ...byMemory] = await Promise.all([layersAt(store, domain, inventory), ...remembered]);
  // Earlier pushes first: a tag may exist on this host only.
  const found = [...byMemory.flat(), ...byTags.filter(({ diffId }) => wanted.has(diffId))];
  const repositories = [...new Set(found.map(({ path }) => path))].slice(0, MOST_SOURCES);
  return found.filter(({ path }) => repositories.includes(path));
}

/**
 * Pushes layers. Layers that the repository has are not sent, layers in other repositories of the registry are mounted,
 * and all others are compressed with gzip and uploaded.
 * @returns the blob in the repository for each layer, by the digest that it was pulled with
 */
export async function pushLayers(
  store: Store,
  push: LayerPush,
  layers: LocalLayer[],
): Promise<Map<string, Blob>> {
  const different = [...new Map(layers.map((layer) => [layer.descriptor.digest, layer])).values()];
  const sized = await Promise.all(
    different.map(async (layer) => {
      const file = await statIfExists(layerFiles(layersFolder(store), layer.diffId).tar);
      return { layer, total: file?.size ?? 0 };
    }),
  );
  for (const { layer, total } of sized) {
    push.onProgress({ digest: layer.diffId, current: 0, total, phase: "waiting" });
  }
  // The largest first, so that it does not run alone at the end.
  const queue = sized.sort((a, b) => b.total - a.total);
  const blobs = new Map<string, Blob>();
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      blobs.set(next.layer.descriptor.digest, await pushLayer(store, push, next.layer, next.total));
    }
  };
  const lanes = Array.from({ length: Math.min(MOST_LAYERS, queue.length) }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    queue.length = 0;
    push.stop();
    // Each one cancels its upload.
    await Promise.allSettled(lanes);
    throw error;
  }
  return blobs;
}

async function pushLayer(
  store: Store,
  push: LayerPush,
  { diffId, descriptor }: LocalLayer,
  total: number,
): Promise<Blob> {
  const { session, reference, sources, onProgress } = push;
  const report = (phase: PushEvent["phase"], current: number) =>
    onProgress({ digest: diffId, current, total, phase });
  if (await blobExists(session, descriptor.digest)) {
    report("exists", total);
    return descriptor;
  }
  let begun: Upload | undefined;
  for (const source of sources.filter((one) => one.diffId === diffId)) {
    const { digest, size, mediaType } = source.descriptor;
    const original = digest === descriptor.digest;
    // A blob with a different digest must be compressed with gzip, as box would do it.
    if (!original && mediaType !== undefined && !/gzip$/.test(mediaType)) continue;
    if (source.path === reference.path) {
      if (original || !(await blobExists(session, digest))) continue;
      report("exists", total);
      return { digest, size };
    }
    const mounted = await mountBlob(session, digest, source.path);
    if (mounted && begun) await cancelUpload(session, begun);
    if (mounted === true) {
      report("mounted", total);
      if (!original)
        await rememberBlob(store, diffId, { digest, size }, `${reference.domain}/${reference.path}`);
      return { digest, size };
    }
    begun = mounted ?? begun;
  }
  const blob = await uploadLayer(store, push, diffId, total, begun);
  report("done", total);
  await recordUnpacked(store, blob.digest, diffId);
  await rememberBlob(store, diffId, blob, `${reference.domain}/${reference.path}`);
  return blob;
}

async function uploadLayer(
  store: Store,
  { session, limits, signal, onProgress }: LayerPush,
  diffId: string,
  total: number,
  begun: Upload | undefined,
): Promise<Blob> {
  const open = () => {
    let current = 0;
    let reported = 0;
    return compressLayer(store, diffId, (bytes) => {
      current += bytes;
      const now = performance.now();
      if (now - reported < REPORT_EVERY_MS) return;
      reported = now;
      onProgress({ digest: diffId, current, total, phase: "pushing" });
    });
  };
  return uploadBlob({ session, what: `layer ${diffId}`, limits, signal }, open, begun);
}
