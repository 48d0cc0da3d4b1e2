import { rename } from "node:fs/promises";
import { BoxError } from "../../errors.js";
import { encodeEntries } from "../index/entry-file.js";
import { within } from "../index/bad-layer.js";
import type { Entry } from "../index/entry.js";
import { createTarIndexer } from "../index/tar-indexer.js";
import { explainWriteFailure } from "../../host/write-failure.js";
import { encodeLayerIndex } from "../store/layers.js";
import type { LayerFiles } from "../store/paths.js";
import { writeSynced } from "../store/workspace.js";
import { createTarFile } from "./tar-file.js";
import type { MadeTar, TarMaker } from "./made-tar.js";

/** A layer to be added to the store. */
export interface LayerJob {
  /** Digest of the registry's blob, compressed or not. */
  digest: string;
  /** Digest of the tar. */
  diffId: string;
  /** Where the files are written, and their final place after they have been verified and fsynced. */
  temporary: LayerFiles;
  final: LayerFiles;
}

/** Codes of errors that do not name the layer. */
const NAMELESS = new Set(["bad-layer", "unsupported-compression"]);

/** A layer that has been read, with its actual digests. */
export interface ReceivedLayer extends MadeTar {
  entries: Entry[];
}

/**
 * Decompresses a layer, computes its digest and diffID, and writes its tar and list of entries, all in one pass.
 * @param source bytes of the blob
 * @param what its name in messages: `layer sha256:…`
 * @param check called before anything is fsynced; throws to refuse the layer
 * @throws BoxError bad-layer, unsupported-compression, disk-full, and what `check` throws
 */
export async function receiveLayer(
  source: AsyncIterable<Uint8Array>,
  temporary: LayerFiles,
  what: string,
  check: (layer: ReceivedLayer) => void,
  maker: TarMaker,
): Promise<ReceivedLayer> {
  const indexer = createTarIndexer();
  const file = createTarFile(temporary.tar, what);
  try {
    const made = await maker.make(source, file, what, indexer);
    const layer = { ...made, entries: indexer.end() };
    check(layer);
    const entries = encodeEntries(layer.entries);
    const tarBytes = await file.finish(layer.bytes);
    await writeSynced(temporary.entries, encodeLayerIndex(tarBytes, entries));
    return layer;
  } catch (error) {
    if (error instanceof BoxError && NAMELESS.has(error.code)) throw within(what, error);
    throw explainWriteFailure(error, temporary.tar);
  } finally {
    file.close();
  }
}

/** Gives the files of a layer their final names. */
export async function publishLayer(temporary: LayerFiles, final: LayerFiles): Promise<void> {
  // The entries last: a layer exists once it has both files.
  await rename(temporary.tar, final.tar);
  await rename(temporary.entries, final.entries);
}

/**
 * Adds a layer whose digests are known to the store. The files get their final names only after everything has been
 * verified and fsynced.
 * @param source the blob's bytes, exactly as many as its descriptor says
 * @throws BoxError digest-mismatch, bad-layer, unsupported-compression, disk-full
 */
export async function storeLayer(
  source: AsyncIterable<Uint8Array>,
  job: LayerJob,
  maker: TarMaker,
): Promise<void> {
  const { digest, diffId, temporary, final } = job;
  const check = (layer: ReceivedLayer) => {
    if (layer.digest !== digest) {
      throw new BoxError(
        "digest-mismatch",
        `layer ${digest}: the received content has the digest ${layer.digest}`,
        { hint: "do not trust its source, or the network between you and it" },
      );
    }
    if (layer.diffId !== diffId) {
      throw new BoxError(
        "digest-mismatch",
        `layer ${digest} unpacks to ${layer.diffId}, but the image's configuration says ${diffId}`,
      );
    }
  };
  await receiveLayer(source, temporary, `layer ${digest}`, check, maker);
  await publishLayer(temporary, final);
}
