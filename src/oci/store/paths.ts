import { join, resolve } from "node:path";
import { boxHome } from "../../host/paths.js";
import type { Reference } from "../reference.js";

let chosen: string | undefined;

/** Lets images lie elsewhere than in box's own folder, for this process: `cacheDir` of the configuration. */
export function useStore(folder: string | null | undefined): void {
  chosen = folder ?? undefined;
}

/** Absolute paths of what the store keeps (docs/on-disk.md). */
export function storeRoot(): string {
  return resolve(chosen ?? boxHome());
}

/** A digest without its algorithm. */
export const hex = (digest: string) => digest.slice(digest.indexOf(":") + 1);

export interface LayerFiles {
  /** The layer as an uncompressed tar, padded with zeros to whole blocks of 512 bytes. */
  tar: string;
  /** Its entries (store/layers.ts). */
  entries: string;
}

export function layersFolder(): string {
  return join(storeRoot(), "layers");
}

export function layerFiles(folder: string, diffId: string): LayerFiles {
  return { tar: join(folder, `${hex(diffId)}.tar`), entries: join(folder, `${hex(diffId)}.idx`) };
}

export interface ImageFiles {
  manifest: string;
  config: string;
  /** What a start needs to know, in one small file (store/record.ts). */
  record: string;
  index: string;
  disk: string;
}

export function imagesFolder(): string {
  return join(storeRoot(), "images");
}

/** @param digest of the manifest, `sha256:…` */
export function imageFolder(digest: string): string {
  return join(imagesFolder(), hex(digest));
}

export function imageFiles(folder: string): ImageFiles {
  return {
    manifest: join(folder, "manifest.json"),
    config: join(folder, "config.json"),
    record: join(folder, "image.json"),
    index: join(folder, "index.erofs"),
    disk: join(folder, "disk.vmdk"),
  };
}

export function indexesFolder(): string {
  return join(storeRoot(), "indexes");
}

/** The bytes of an index of several platforms' images. */
export function indexFile(digest: string): string {
  return join(indexesFolder(), `${hex(digest)}.json`);
}

export function tagsFolder(): string {
  return join(storeRoot(), "tags");
}

/** `tags/docker.io+library+nginx/alpine`: no name has a `+`, no tag a `:` as digests have. */
export function tagFile({ domain, path, tag, digest }: Reference): string {
  return join(tagsFolder(), `${domain}/${path}`.replaceAll("/", "+"), digest ?? tag ?? "latest");
}

export function temporaryFolder(): string {
  return join(storeRoot(), "tmp");
}

/** Who does what alone (store/lock.ts). */
export function locksFolder(): string {
  return join(storeRoot(), "locks");
}

/** What is about to be used (store/hold.ts). */
export function holdsFolder(): string {
  return join(storeRoot(), "holds");
}
