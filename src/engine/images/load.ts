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
  /** Of an index, the image to load; all of them unless said. */
  platform?: Platform | undefined;
  onProgress?: ((event: PullEvent) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Loaded {
  /** Digest of the configuration; of several platforms' that of the host's. */
  id: string;
  /** As Docker shows them: by digest, if it has one, else by tag. */
  names: string[];
}

function show({ domain, path, tag = "latest", digest }: Reference): string {
  return familiarReference({ domain, path, ...(digest === undefined ? { tag } : { digest }) });
}

/**
 * Brings all images of an archive into the store.
 * @param input absolute path of an OCI layout or of an archive, or a stream of one
 * @returns each image when it is there
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
    // What came is held: it stays even above the limits.
    await afterPull(store, cache, false);
  } finally {
    await release();
  }
}
