import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decompressed, isDecompressionError } from "../compression/decompress.js";
import { badLayer } from "../index/bad-layer.js";
import { openLayerHelpers } from "./layer-helper.js";
import type { TarMaker } from "./made-tar.js";

/** For a host on which set-up has not built the helper: slower, and one after the other. */
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
      throw badLayer(`it cannot be decompressed: ${error.message}`);
    }
    const text = (hash: typeof tarHash) => `sha256:${hash.digest("hex")}`;
    return { digest: text(blobHash), diffId: text(tarHash), bytes };
  },
  close: () => undefined,
};

/** Set-up puts it beside the bundle. */
const HELPER = join(dirname(fileURLToPath(import.meta.url)), "native", "box-layer");

/** @param helper path of box-layer, which does the work in processes of its own if it is there */
export function openTarMaker(helper = HELPER): TarMaker {
  return existsSync(helper) ? openLayerHelpers(helper) : inThisThread;
}
