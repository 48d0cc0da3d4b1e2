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

/** One layer to be brought into the store. */
export interface LayerJob {
  /** Digest of the blob as the registry has it, compressed or not. */
  digest: string;
  /** Digest of the tar. */
  diffId: string;
  /** Where the files are written, and where they go once verified and on the disk. */
  temporary: LayerFiles;
  final: LayerFiles;
}

/** Errors that do not say what they are about. */
const NAMELESS = new Set(["bad-layer", "unsupported-compression"]);

/** What a stream turned out to be. */
export interface TakenLayer extends MadeTar {
  entries: Entry[];
}

/**
 * Writes a layer's tar and entry list in one pass: digest of what came, decompression, diffID, tar file and entries.
 * @param source bytes of the blob
 * @param what names it in messages: `layer sha256:…`
 * @param check throws when it is not what was wanted; nothing is fsynced before
 * @throws BoxError bad-layer, unsupported-compression, disk-full; what `check` throws
 */
export async function takeLayer(
  source: AsyncIterable<Uint8Array>,
  temporary: LayerFiles,
  what: string,
  check: (layer: TakenLayer) => void,
  maker: TarMaker,
): Promise<TakenLayer> {
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
  // The entries last: a layer counts as here when both are.
  await rename(temporary.tar, final.tar);
  await rename(temporary.entries, final.entries);
}

/**
 * Brings a layer into the store whose digests are known.
 * The files get their final names only when all is verified and fsynced.
 * @param source the blob's bytes, of the right number.
 * @throws BoxError digest-mismatch, bad-layer, unsupported-compression, disk-full
 */
export async function storeLayer(
  source: AsyncIterable<Uint8Array>,
  job: LayerJob,
  maker: TarMaker,
): Promise<void> {
  const { digest, diffId, temporary, final } = job;
  const check = (layer: TakenLayer) => {
    if (layer.digest !== digest) {
      throw new BoxError(
        "digest-mismatch",
        `layer ${digest} is not what it is called: what came has the digest ${layer.digest}`,
        { hint: "where it came from, or somebody on the way, is not to be trusted" },
      );
    }
    if (layer.diffId !== diffId) {
      throw new BoxError(
        "digest-mismatch",
        `layer ${digest} unpacks to ${layer.diffId}, not to ${diffId} as the image's configuration says`,
      );
    }
  };
  await takeLayer(source, temporary, `layer ${digest}`, check, maker);
  await publishLayer(temporary, final);
}
