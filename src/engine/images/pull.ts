import type { Platform } from "../../config/syntax/platform.js";
import type { Image } from "../../oci/image.js";
import type { PullEvent } from "../../oci/pull/event.js";
import type { Context } from "../context.js";
import { withLeases } from "../../oci/store/lease.js";
import { ensureImage } from "./ensure.js";

export interface PullOptions {
  /** Of an index the image that is wanted; the host's unless said. */
  platform?: Platform | undefined;
  /** A policy, or a public key in its place (docs/signatures.md); the settings' policy unless said. */
  verify?: string | undefined;
  onProgress?: ((event: PullEvent) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Brings what a reference stands for at its registry, or in its file, onto this host. @throws as `ensureImage` */
export async function pull(
  context: Context,
  reference: string,
  { onProgress = () => undefined, signal, ...options }: PullOptions = {},
): Promise<Image> {
  const { store, cache } = await context.images();
  return withLeases(store, signal, (held) =>
    ensureImage(held, reference, { ...options, pull: "always", cache, onProgress }),
  );
}
