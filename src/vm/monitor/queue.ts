/** Smaller chunks are combined: each Buffer costs some hundred bytes, and a 1-byte slice may keep 64 KiB alive. */
const SMALL = 4096;
/** The first block is small, because many queues never need another; each further one is as large as all before it. */
const FIRST_BLOCK = 128;
const MOST_BLOCK = 16_384;

/** A queue whose memory use depends on the number of bytes, not on the size of the chunks. */
export interface ByteQueue {
  /** A chunk of 4 KiB or more is kept without copying, and must not be a slice of a much larger buffer. */
  add: (piece: Buffer) => void;
  /** Removes and returns everything, in order. */
  take: () => Buffer[];
  bytes: () => number;
}

export function createQueue(): ByteQueue {
  let pieces: Buffer[] = [];
  let block: Buffer | undefined;
  let used = 0;
  let bytes = 0;

  function closeBlock(): void {
    if (block) pieces.push(block.subarray(0, used));
    block = undefined;
    used = 0;
  }

  return {
    add: (piece) => {
      bytes += piece.length;
      if (piece.length >= SMALL) {
        closeBlock();
        pieces.push(piece);
        return;
      }
      if (block && block.length - used < piece.length) closeBlock();
      block ??= Buffer.allocUnsafe(Math.max(Math.min(bytes, MOST_BLOCK), FIRST_BLOCK, piece.length));
      used += piece.copy(block, used);
    },
    take: () => {
      closeBlock();
      const all = pieces;
      pieces = [];
      bytes = 0;
      return all;
    },
    bytes: () => bytes,
  };
}
