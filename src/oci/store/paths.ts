import { join } from "node:path";
import type { Reference } from "../../config/syntax/reference.js";
import type { Store } from "./store.js";

/** Returns a digest without its algorithm. */
export const hex = (digest: string) => digest.slice(digest.indexOf(":") + 1);

export interface LayerFiles {
  /** The layer as an uncompressed tar, padded with zeros to whole blocks of 512 bytes. */
  tar: string;
  /** Its entries (store/layers.ts). */
  entries: string;
}

export function layersFolder(store: Store): string {
  return join(store.root, "layers");
}

export function layerFiles(folder: string, diffId: string): LayerFiles {
  return { tar: join(folder, `${hex(diffId)}.tar`), entries: join(folder, `${hex(diffId)}.idx`) };
}

export interface ImageFiles {
  manifest: string;
  config: string;
  /** Everything that a start needs, in one small file (store/record.ts). */
  record: string;
  index: string;
  disk: string;
  /** Digest of the image that it was committed from (store/parent.ts). */
  parent: string;
  /** Marks an image that has been removed, although boxes still need it (store/removed.ts). */
  removed: string;
}

/** Records of layers that were pushed (push/known-blobs.ts). */
export function pushedFolder(store: Store): string {
  return join(store.root, "pushed");
}

export function imagesFolder(store: Store): string {
  return join(store.root, "images");
}

/** @param digest of the manifest, `sha256:…` */
export function imageFolder(store: Store, digest: string): string {
  return join(imagesFolder(store), hex(digest));
}

export function imageFiles(folder: string): ImageFiles {
  return {
    manifest: join(folder, "manifest.json"),
    config: join(folder, "config.json"),
    record: join(folder, "image.json"),
    index: join(folder, "index.erofs"),
    disk: join(folder, "disk.vmdk"),
    parent: join(folder, "parent"),
    removed: join(folder, "removed"),
  };
}

export function indexesFolder(store: Store): string {
  return join(store.root, "indexes");
}

/** The file of an index of images for several platforms. */
export function indexFile(store: Store, digest: string): string {
  return join(indexesFolder(store), `${hex(digest)}.json`);
}

export function tagsFolder(store: Store): string {
  return join(store.root, "tags");
}

/** `tags/docker.io+library+nginx/alpine`. Names cannot contain `+`, and tags, unlike digests, cannot contain `:`. */
export function tagFile(store: Store, { domain, path, tag, digest }: Reference): string {
  return join(tagsFolder(store), `${domain}/${path}`.replaceAll("/", "+"), digest ?? tag ?? "latest");
}

export function temporaryFolder(store: Store): string {
  return join(store.root, "tmp");
}

/** Locks for operations that exclude each other (host/lock.ts). */
export function locksFolder(store: Store): string {
  return join(store.root, "locks");
}

export function lockFile(store: Store, name: string): string {
  return join(locksFolder(store), name);
}

/** Leases on what is about to be used (store/lease.ts). */
export function leasesFolder(store: Store): string {
  return join(store.root, "holds");
}
