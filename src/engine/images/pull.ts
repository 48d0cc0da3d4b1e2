import type { Platform } from "../../config/syntax/platform.js";
import type { Image } from "../../oci/image.js";
import type { PullEvent, PullStep } from "../../oci/pull/event.js";
import type { Context } from "../context.js";
import { withLeases } from "../../oci/store/lease.js";
import { ensureImage } from "./ensure.js";

export interface PullOptions {
  /** Platform to pull from an image index (default: the host's). */
  platform?: Platform | undefined;
  /** A policy file for image signatures (docs/signatures.md), or a public key (default: the policy in the settings). */
  verify?: string | undefined;
  onProgress?: ((event: PullEvent) => void) | undefined;
  onStep?: ((step: PullStep) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Pulls an image from its registry or file. @throws as `ensureImage` */
export async function pull(
  context: Context,
  reference: string,
  { onProgress = () => undefined, signal, ...options }: PullOptions = {},
): Promise<Image> {
  const { store, cache } = await context.images();
  return withLeases(store, signal, (leased) =>
    ensureImage(leased, reference, { ...options, pull: "always", cache, onProgress }),
  );
}
