import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { syncFolderOf } from "../../config/files.js";
import type { Image } from "../image.js";
import type { PullEvent } from "../images.js";
import type { Descriptor } from "../manifest.js";
import { formatPlatform, hostPlatform } from "../platform.js";
import { formatReference, type Reference } from "../reference.js";
import { openRepository, type Repository } from "../registry/client.js";
import type { Limits } from "../registry/failure.js";
import { resolveImage, type RemoteImage } from "../registry/resolve.js";
import { explainStoreFailure } from "../store/failure.js";
import { readLayer } from "../store/layers.js";
import { layerFiles, layersFolder, storeRoot } from "../store/paths.js";
import { readWholeRecord, toImage, type ImageRecord } from "../store/record.js";
import { readTag, writeTag } from "../store/tags.js";
import { createWorkspace, sweepWorkspaces, type Workspace } from "../store/workspace.js";
import { assembleImage } from "./assemble.js";
import { openLayerStore } from "./workers.js";

/**
 * Decides whether an image may be used, by the digest of what its reference stands for: an index or a manifest. Either
 * names by digest all that follows.
 * @throws BoxError when it may not
 */
export type Verify = (repository: Repository, digest: string) => Promise<void>;

/** Layers under way at once: while one is on its way to the disk, others use the processors. */
const MOST_LAYERS = 6;

/**
 * Fetches an image: asks the registry what the reference stands for, and brings what is not here into the store.
 * What a pull that failed or was killed leaves behind is swept by the next one.
 * @throws BoxError; layers that were finished stay
 */
export async function pullImage(
  reference: Reference,
  onProgress: (event: PullEvent) => void,
  { limits, verify }: { limits?: Limits; verify?: Verify | undefined } = {},
): Promise<Image> {
  const abort = new AbortController();
  const repository = openRepository(reference, abort.signal, limits);
  const name = formatReference(reference);
  let workspace: Workspace | undefined;
  try {
    await sweepWorkspaces();
    workspace = await createWorkspace();
    const [root, tag] = await Promise.all([
      repository.manifest(reference.digest ?? reference.tag ?? "latest"),
      readTag(reference),
    ]);
    // Before anything else is asked for: what is not vouched for is not even read.
    await verify?.(repository, root.digest);
    if (tag?.target === root.digest) {
      const record = await readWholeRecord(tag.image);
      if (record) return toImage(name, tag.image, record);
    }
    const remote = await resolveImage(repository, reference, root, hostPlatform());
    const record =
      (await readWholeRecord(remote.digest)) ?? (await fetchImage(repository, remote, workspace, onProgress));
    await writeTag(workspace, reference, { target: root.digest, image: remote.digest });
    return toImage(name, remote.digest, record);
  } catch (error) {
    abort.abort();
    throw explainStoreFailure(error, storeRoot());
  } finally {
    await repository.close();
    await workspace?.remove();
  }
}

async function fetchImage(
  repository: Repository,
  remote: RemoteImage,
  workspace: Workspace,
  onProgress: (event: PullEvent) => void,
): Promise<ImageRecord> {
  const { manifest, config } = remote;
  const layers = manifest.layers.map((descriptor, i) => ({
    descriptor,
    diffId: config.rootfs.diff_ids[i] ?? "",
  }));
  await mkdir(layersFolder(), { recursive: true, mode: 0o700 });

  // The same layer may stand in an image more than once.
  const different = [...new Map(layers.map((layer) => [layer.diffId, layer])).values()];
  const here = await Promise.all(
    different.map(async ({ diffId }) => (await readLayer(diffId)) !== undefined),
  );
  const missing = different.filter((_, i) => here[i] === false);
  for (const [i, { descriptor }] of different.entries()) {
    const { digest, size } = descriptor;
    onProgress({ digest, current: 0, total: size, phase: here[i] === true ? "exists" : "waiting" });
  }
  await fetchLayers(repository, missing, workspace, onProgress);
  if (missing.length > 0) await syncFolderOf(join(layersFolder(), "any"));
  return assembleImage(
    remote,
    layers.map(({ diffId }) => diffId),
    formatPlatform(hostPlatform()),
    workspace,
  );
}

async function fetchLayers(
  repository: Repository,
  layers: { descriptor: Descriptor; diffId: string }[],
  { folder }: Workspace,
  onProgress: (event: PullEvent) => void,
): Promise<void> {
  const store = openLayerStore(layers.length);
  // The largest first, so that none is left running alone at the end.
  const queue = [...layers].sort((a, b) => b.descriptor.size - a.descriptor.size);
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { descriptor, diffId } = next;
      const source = report(repository.blob(descriptor), descriptor, onProgress);
      const job = {
        digest: descriptor.digest,
        diffId,
        temporary: layerFiles(folder, diffId),
        final: layerFiles(layersFolder(), diffId),
      };
      await store.store(source, job);
      onProgress({
        digest: descriptor.digest,
        current: descriptor.size,
        total: descriptor.size,
        phase: "done",
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(MOST_LAYERS, layers.length) }, lane));
  } finally {
    queue.length = 0;
    await store.close();
  }
}

/** Reports at most so often: a display wants no more, and each report costs. */
const REPORT_EVERY_MS = 100;

async function* report(
  source: AsyncIterable<Buffer>,
  { digest, size }: Descriptor,
  onProgress: (event: PullEvent) => void,
): AsyncGenerator<Buffer> {
  let current = 0;
  let reported = 0;
  for await (const chunk of source) {
    current += chunk.length;
    const now = performance.now();
    if (now - reported >= REPORT_EVERY_MS) {
      reported = now;
      onProgress({ digest, current, total: size, phase: "downloading" });
    }
    yield chunk;
  }
}
