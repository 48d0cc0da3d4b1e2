import type { TarIndexer } from "../index/tar-indexer.js";
import type { TarFile } from "./tar-file.js";

/** A tar that has been written, with its actual digests. */
export interface MadeTar {
  /** Digest of the received bytes. */
  digest: string;
  /** Digest of the tar. */
  diffId: string;
  /** Bytes of the tar, without the padding of its last block. */
  bytes: number;
}

/** Writes the tars of layers from their blobs, several concurrently. */
export interface TarMaker {
  /**
   * @param what its name in messages
   * @param indexer receives the tar's headers
   * @throws BoxError bad-layer, unsupported-compression, disk-full; the system's error; what `source` throws
   */
  make: (
    source: AsyncIterable<Uint8Array>,
    file: TarFile,
    what: string,
    indexer: TarIndexer,
  ) => Promise<MadeTar>;
  /** Stops everything that is running. */
  close: () => void;
}
