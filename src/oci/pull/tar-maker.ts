import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decompressed, isDecompressionError } from "../compression/decompress.js";
import { badLayer } from "../index/bad-layer.js";
import { openLayerHelpers } from "./layer-helper.js";
import type { TarMaker } from "./made-tar.js";

/** Used if the helper has not been built: slower, and one layer at a time. */
const inThisThread: TarMaker = {
  make: async (source, file, _what, indexer) => {
    const blobHash = createHash("sha256");
    const tarHash = createHash("sha256");
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        blobHash.update(chunk);
        yield chunk;
      }
    };
    let bytes = 0;
    try {
      for await (const piece of await decompressed(hashed())) {
        tarHash.update(piece);
        file.write(piece);
        indexer.push(piece);
        bytes += piece.length;
      }
    } catch (error) {
      if (!isDecompressionError(error)) throw error;
      throw badLayer(`decompression failed: ${error.message}`);
    }
    const text = (hash: typeof tarHash) => `sha256:${hash.digest("hex")}`;
    return { digest: text(blobHash), diffId: text(tarHash), bytes };
  },
  close: () => undefined,
};

/** The build puts it beside the bundle. */
const HELPER = join(dirname(fileURLToPath(import.meta.url)), "native", "box-layer");

/** @param helper path of box-layer; if it does not exist, the work is done in this thread */
export function openTarMaker(helper = HELPER): TarMaker {
  return existsSync(helper) ? openLayerHelpers(helper) : inThisThread;
}
