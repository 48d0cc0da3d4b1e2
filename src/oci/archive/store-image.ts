import type { Image } from "../image.js";
import type { PullEvent } from "../pull/event.js";
import { formatPlatform, type Platform } from "../../config/syntax/platform.js";
import { fetchImage } from "../pull/pull.js";
import type { Verify } from "../verify/verify.js";
import { resolveImage } from "../registry/resolve.js";
import { lease } from "../store/lease.js";
import { readWholeRecord, toImage, touchImage } from "../store/record.js";
import { restoreRemoved } from "../store/removed.js";
import { createWorkspace, sweepWorkspaces, type Workspace } from "../store/workspace.js";
import type { Archive } from "./source.js";
import type { Store } from "../store/store.js";

/** A workspace that is created when it is first needed. */
export interface LazyWorkspace {
  need: () => Promise<Workspace>;
  remove: () => Promise<void>;
}

export function lazyWorkspace(store: Store): LazyWorkspace {
  let made: Promise<Workspace> | undefined;
  return {
    need: () => (made ??= sweepWorkspaces(store).then(() => createWorkspace(store))),
    remove: async () => (await made?.catch(() => undefined))?.remove(),
  };
}

export interface StoreImageOptions {
  workspace: LazyWorkspace;
  onProgress: (event: PullEvent) => void;
  verify?: Verify | undefined;
  /** Default: the host's, or that of the only image. */
  platform?: Platform | undefined;
  /** Called with the image's platform before it is read. May throw to prevent this. */
  onPlatform?: ((platform: string) => void) | undefined;
  /** Called if the image is not in the store. May throw to prevent it from being added. */
  onMissing?: () => void;
}

/**
 * Adds an image from an archive to the store; layers that the store has are not read. The image is leased (see `lease`).
 * @param digest of a manifest or an index in the archive
 * @param name of the image, for messages
 * @throws BoxError
 */
export async function storeFromArchive(
  store: Store,
  { source }: Archive,
  digest: string,
  name: string,
  { workspace, onProgress, verify, platform, onPlatform, onMissing }: StoreImageOptions,
): Promise<Image> {
  const root = await source.manifest(digest);
  await verify?.(source, root.digest);
  const remote = await resolveImage(source, name, root, platform);
  onPlatform?.(formatPlatform(remote.platform));
  await lease(store, [remote.digest]);
  const here = await readWholeRecord(store, remote.digest);
  if (!here) onMissing?.();
  const record = here ?? (await fetchImage(store, source, remote, await workspace.need(), onProgress));
  await restoreRemoved(store, remote.digest);
  await touchImage(store, remote.digest);
  return toImage(store, name, remote.digest, record);
}
