import { createHash } from "node:crypto";
import { rename } from "node:fs/promises";
import { BoxError } from "../../config/errors.js";
import { decompressed, isDecompressionError } from "../compression/decompress.js";
import { encodeEntries } from "../index/entry-file.js";
import { inLayer } from "../index/bad-layer.js";
import { createTarIndexer } from "../index/tar-indexer.js";
import { explainStoreFailure } from "../store/failure.js";
import { encodeLayerIndex } from "../store/layers.js";
import type { LayerFiles } from "../store/paths.js";
import { writeSynced } from "../store/workspace.js";
import { createTarFile } from "./tar-file.js";

/** One layer to be brought into the store; plain values, so that it can be sent to a worker. */
export interface LayerJob {
  /** Digest of the blob as the registry has it, compressed or not. */
  digest: string;
  /** Digest of the tar. */
  diffId: string;
  /** Where the files are written, and where they go once verified and on the disk. */
  temporary: LayerFiles;
  final: LayerFiles;
}

/**
 * Brings a layer into the store in one pass: digest of what came, decompression, diffID, tar file and entry list.
 * The files get their final names only when all is verified and fsynced.
 * @param source the blob's bytes, of the right number.
 * @throws BoxError digest-mismatch, bad-layer, unsupported-layer, disk-full
 */
export async function storeLayer(source: AsyncIterable<Uint8Array>, job: LayerJob): Promise<void> {
  const { digest, diffId, temporary, final } = job;
  const blobHash = createHash("sha256");
  const tarHash = createHash("sha256");
  const indexer = createTarIndexer();

  const file = createTarFile(temporary.tar, `layer ${digest}`);
  try {
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        blobHash.update(chunk);
        yield chunk;
      }
    };
    for await (const piece of await decompressed(hashed())) {
      tarHash.update(piece);
      file.write(piece);
      indexer.push(piece);
    }

    const blobDigest = `sha256:${blobHash.digest("hex")}`;
    if (blobDigest !== digest) {
      throw new BoxError(
        "digest-mismatch",
        `layer ${digest} is not what it is called: what came has the digest ${blobDigest}`,
        { hint: "where it came from, or somebody on the way, is not to be trusted" },
      );
    }
    const tarDigest = `sha256:${tarHash.digest("hex")}`;
    if (tarDigest !== diffId) {
      throw new BoxError(
        "digest-mismatch",
        `layer ${digest} unpacks to ${tarDigest}, not to ${diffId} as the image's configuration says`,
      );
    }
    const entries = encodeEntries(indexer.end());
    const tarBytes = await file.finish();
    await writeSynced(temporary.entries, encodeLayerIndex(tarBytes, entries));
  } catch (error) {
    if (isDecompressionError(error)) {
      throw new BoxError("bad-layer", `layer ${digest} cannot be decompressed: ${error.message}`, {
        cause: error,
      });
    }
    if (error instanceof BoxError && error.code === "bad-layer") throw inLayer(digest, error);
    throw explainStoreFailure(error, temporary.tar);
  } finally {
    file.close();
  }
  // The entries last: a layer counts as here when both are.
  await rename(temporary.tar, final.tar);
  await rename(temporary.entries, final.entries);
}
