import type { Readable } from "node:stream";
import type { Platform } from "../../config/syntax/platform.js";
import { checkAbsolute } from "../../host/absolute.js";
import { loadArchive } from "../../oci/archive/load.js";
import type { PullEvent } from "../../oci/pull/event.js";
import { familiarReference, type Reference } from "../../config/syntax/reference.js";
import { scopedStore } from "../../oci/store/lease.js";
import type { Context } from "../context.js";
import { afterPull } from "./after-pull.js";
import { recordImageEvent } from "./event.js";

export interface LoadOptions {
  /** Platform to load from an image index (default: all). */
  platform?: Platform | undefined;
  onProgress?: ((event: PullEvent) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Loaded {
  /** Digest of the configuration; with several platforms, of the host's. */
  id: string;
  /** Names as Docker shows them: with the digest if known, otherwise with the tag. */
  names: string[];
}

function show({ domain, path, tag = "latest", digest }: Reference): string {
  return familiarReference({ domain, path, ...(digest === undefined ? { tag } : { digest }) });
}

/**
 * Loads all images of an archive into the store, and yields each once it is stored.
 * @param input absolute path of an OCI layout or an archive, or the stream of an archive
 * @throws as `loadArchive`
 */
export async function* load(
  context: Context,
  input: string | Readable,
  { platform, onProgress = () => undefined, signal }: LoadOptions = {},
): AsyncGenerator<Loaded, void, undefined> {
  if (typeof input === "string") checkAbsolute(input, "input");
  const { store: shared, cache } = await context.images();
  const { store, release } = scopedStore(shared, signal);
  try {
    for await (const { id, names } of loadArchive(store, input, { platform, onProgress })) {
      recordImageEvent(context.home, "load", id, names[0] ? familiarReference(names[0]) : id);
      yield { id, names: names.map(show) };
    }
    // The loaded images are leased, so they are kept even if the store exceeds its limits.
    await afterPull(store, cache, false);
  } finally {
    await release();
  }
}
