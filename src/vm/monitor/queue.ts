/** Smaller pieces are gathered: Node takes some hundred bytes for each buffer, and one of a byte may hold 64 KiB alive. */
const SMALL = 4096;
/** The first block is small, as many queues never get another; the next ones are as large as all before them. */
const FIRST_BLOCK = 128;
const MOST_BLOCK = 16_384;

/** Bytes that wait, at a cost that depends on how many they are and not on how they came. */
export interface ByteQueue {
  /** A piece of 4 KiB and more is kept as it is, and must not be part of a much larger buffer. */
  add: (piece: Buffer) => void;
  /** Everything, in order; nothing waits then. */
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
