import type { TarIndexer } from "../index/tar-indexer.js";
import type { TarFile } from "./tar-file.js";

/** What a stream turned out to be. */
export interface MadeTar {
  /** Of the bytes that came. */
  digest: string;
  /** Of the tar. */
  diffId: string;
  /** Bytes of the tar, without what fills its last block. */
  bytes: number;
}

/** Makes tar files of blobs; several at a time. */
export interface TarMaker {
  /**
   * @param what names it in messages
   * @param indexer gets the tar's headers
   * @throws BoxError bad-layer, unsupported-compression, disk-full; the system's error; what `source` throws
   */
  make: (
    source: AsyncIterable<Uint8Array>,
    file: TarFile,
    what: string,
    indexer: TarIndexer,
  ) => Promise<MadeTar>;
  /** Ends what is under way. */
  close: () => void;
}
