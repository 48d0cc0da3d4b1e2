import { BoxError } from "../../errors.js";
import { readSettings } from "../../config/settings.js";
import { withController } from "../../host/abort.js";
import { sha256 } from "../digest.js";
import type { Platform } from "../../config/syntax/platform.js";
import { formatReference, type Reference } from "../../config/syntax/reference.js";
import { registryEndpoint } from "../registry/endpoint.js";
import { LIMITS, type Limits } from "../registry/failure.js";
import { openSession, type Session } from "../registry/session.js";
import { blobExists, manifestExists, putManifest, uploadBlob } from "../registry/upload.js";
import { lease } from "../store/lease.js";
import type { StoredIndex } from "../store/indexes.js";
import { takeInventory, type Inventory, type StoredTag } from "../store/inventory.js";
import { findSources, pushLayers, type LayerPush, type PushEvent } from "./layers.js";
import { readLocalImage, type LocalImage } from "./local-image.js";
import { indexTypeOf, mediaTypeOf, replaceLayers, replaceManifests, type Blob } from "./manifest.js";
import { chooseAlone, describeEntry, findTag, isAttestation, readParts, type Parts } from "./parts.js";
import type { Store } from "../store/store.js";

export interface PushedImage {
  /** Digest of the manifest or index that was pushed. */
  digest: string;
  /** Digest that the local reference refers to. */
  target: string;
  /** Its size in bytes. */
  size: number;
  /** Set if a single image was pushed instead of the index that the tag refers to. */
  alone?: {
    /** `linux/amd64` */
    platform: string;
    /** Images of the index that neither the store nor the repository has; empty if the store does not have the index. */
    missing: string[];
  };
  /** Whether the index had attestations that were left out. */
  withoutAttestations: boolean;
}

type Pushed = Omit<PushedImage, "target">;

export interface PushOptions {
  /** Push only the image for this platform. */
  platform?: Platform | undefined;
  limits?: Limits;
}

/**
 * Pushes the image or index that a tag refers to, to the registry that the tag names. If layers get new digests because
 * they are compressed again, manifests and indexes change with them; configurations, and therefore image IDs, do not. If
 * neither the store nor the repository has one of the images of an index, a single image is pushed instead.
 * @param reference with a tag; pushing to a digest is not possible
 * @throws BoxError image-missing, image-damaged, platform-missing, access-denied, registry-…, invalid-settings
 */
export async function pushImage(
  store: Store,
  reference: Reference,
  onProgress: (event: PushEvent) => void,
  { limits = LIMITS, platform }: PushOptions = {},
): Promise<PushedImage> {
  const inventory = await takeInventory(store);
  const tag = findTag(inventory, reference);
  const release = await lease(store, [...tag.images, ...tag.indexes]);
  try {
    const pushed = await withController(store.signal, (abort) =>
      pushTag(store, inventory, tag, reference, { onProgress, limits, platform, abort }),
    );
    return { ...pushed, target: tag.target };
  } finally {
    await release();
  }
}

async function pushTag(
  store: Store,
  inventory: Inventory,
  tag: StoredTag,
  reference: Reference,
  options: Pick<Push, "onProgress" | "limits"> & PushOptions & { abort: AbortController },
): Promise<Pushed> {
  const { onProgress, limits, platform, abort } = options;
  const name = formatReference(reference);
  const parts = await readParts(store, inventory, tag);
  const isIndex = platform === undefined && parts.indexes.has(tag.target);
  const local = new Map<string, LocalImage>();
  for (const { digest } of isIndex ? parts.images : [chooseAlone(store, parts, platform)]) {
    local.set(digest, await readLocalImage(store, digest, name));
  }
  const layers = [...local.values()].flatMap((image) => image.layers);
  const [{ registries }, sources] = await Promise.all([
    readSettings(store.home),
    findSources(store, reference, layers, inventory),
  ]);
  const { signal } = abort;
  const stop = () => abort.abort();
  const session = openSession(store.home, registryEndpoint(reference.domain, registries), {
    path: reference.path,
    access: "push",
    sources: [...new Set(sources.map(({ path }) => path))].filter((path) => path !== reference.path),
    signal,
    limits,
  });
  const push: Push = { session, reference, sources, limits, signal, stop, onProgress, name };
  try {
    const lost = isIndex ? await findLost(session, parts) : [];
    const missing = lost.filter((entry) => !isAttestation(entry));
    if (isIndex && missing.length === 0)
      return await pushIndex(store, push, parts, [...local.values()], lost);
    const { digest, record } = chooseAlone(store, parts, platform);
    const image = local.get(digest) ?? (await readLocalImage(store, digest, name));
    const blob = await pushManifest(push, image, await pushLayers(store, push, image.layers), reference.tag);
    const chosen = platform !== undefined || tag.target === digest;
    return {
      ...blob,
      withoutAttestations: false,
      ...(chosen ? {} : { alone: { platform: record.platform, missing: missing.map(describeEntry) } }),
    };
  } finally {
    stop();
    await session.close();
  }
}

interface Push extends LayerPush {
  /** For messages. */
  name: string;
}

/** Returns the entries of the indexes that neither the store nor the repository has. */
async function findLost(session: Session, { absent }: Parts): Promise<Parts["absent"]> {
  const there = await Promise.all(absent.map(({ digest }) => manifestExists(session, digest)));
  return absent.filter((_, i) => !there[i]);
}

/** Pushes the configuration and manifest of an image whose layers have been pushed, under a tag or else its digest. */
async function pushManifest(
  { session, name, limits, signal }: Push,
  { manifestBytes, configBytes, configDigest }: LocalImage,
  layers: ReadonlyMap<string, Blob>,
  tag?: string,
): Promise<Blob> {
  if (!(await blobExists(session, configDigest))) {
    const what = `the configuration of ${name}`;
    await uploadBlob({ session, what, limits, signal }, () => fromMemory(configBytes));
  }
  const data = replaceLayers(manifestBytes, layers);
  const blob = { digest: sha256(data), size: data.length };
  await putManifest(session, tag ?? blob.digest, { data, mediaType: mediaTypeOf(data) }, name);
  return blob;
}

/**
 * Pushes an index after everything that it refers to.
 * @param lost attestations to leave out. If any image has changed, all attestations are left out, because they would no
 * longer match.
 */
async function pushIndex(
  store: Store,
  push: Push,
  { tag, indexes, absent }: Parts,
  images: LocalImage[],
  lost: Parts["absent"],
): Promise<Pushed> {
  const { session, reference, name } = push;
  const layers = await pushLayers(
    store,
    push,
    images.flatMap((image) => image.layers),
  );
  const pushed = new Map<string, Blob>();
  for (const image of images) pushed.set(image.digest, await pushManifest(push, image, layers));
  const changed = [...pushed].some(([before, { digest }]) => digest !== before);
  const without = new Set((changed ? absent.filter(isAttestation) : lost).map(({ digest }) => digest));

  async function put({ digest, data: before, index }: StoredIndex): Promise<Blob> {
    for (const entry of index.manifests) {
      const inner = pushed.has(entry.digest) ? undefined : indexes.get(entry.digest);
      if (inner) pushed.set(inner.digest, await put(inner));
    }
    const data = replaceManifests(before, pushed, without);
    const blob = { digest: sha256(data), size: data.length };
    const destination = digest === tag.target ? (reference.tag ?? "latest") : blob.digest;
    await putManifest(session, destination, { data, mediaType: indexTypeOf(data) }, name);
    return blob;
  }

  const outermost = indexes.get(tag.target);
  if (!outermost) throw new Error(`${tag.target} was not read`);
  return { ...(await put(outermost)), withoutAttestations: without.size > 0 };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream must be asynchronous
async function* fromMemory(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

/** @throws BoxError invalid-reference if the reference has a digest */
export function checkPushable(reference: Reference, text: string): void {
  if (reference.digest === undefined) return;
  throw new BoxError("invalid-reference", `${JSON.stringify(text)}: cannot push a digest reference`, {
    subject: "image",
    hint: "use a tag",
  });
}
