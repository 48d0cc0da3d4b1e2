import { BoxError } from "../errors.js";

export type Stream = "stdout" | "stderr";

export interface Piece {
  stream: Stream;
  data: Buffer;
}

/** How much output may wait for a reader before the program is blocked. */
const MOST_WAITING_BYTES = 256 * 1024;
/** Memory of a chunk in addition to its data, so that a program that writes single bytes is blocked as well. */
const CHUNK_OVERHEAD_BYTES = 64;

/** The beginning of a stream, in one contiguous buffer however small its chunks are. */
function keepBeginning(mostBytes: number) {
  let kept = Buffer.alloc(0);
  let length = 0;
  let truncated = false;
  return {
    add: (data: Buffer) => {
      const part = data.subarray(0, mostBytes - length);
      truncated ||= part.length < data.length;
      if (length + part.length > kept.length) {
        const larger = Buffer.alloc(
          Math.min(mostBytes, Math.max(2 * kept.length, length + part.length, 4096)),
        );
        kept.copy(larger, 0, 0, length);
        kept = larger;
      }
      part.copy(kept, length);
      length += part.length;
    },
    bytes: () => kept.subarray(0, length),
    isTruncated: () => truncated,
  };
}

/** The output of a program, for a caller that iterates over it and for those that only await the result. */
export interface ProgramOutput {
  /** Adds output. @returns if the program has to wait: a promise that resolves when there is space for more */
  add: (stream: Stream, data: Buffer) => Promise<void> | undefined;
  /** Marks the output as complete; anything added later is dropped. */
  end: (failure?: { error: unknown }) => void;
  /** The result is awaited: no longer blocks the program for a caller that might still iterate. */
  drain: () => void;
  /** @throws BoxError output-taken */
  iterate: () => AsyncIterator<Piece, undefined>;
  beginningOf: (stream: Stream) => { bytes: () => Buffer; isTruncated: () => boolean };
}

/** @param mostBytes maximum number of bytes of each stream to keep for the result */
export function openOutput(mostBytes: number): ProgramOutput {
  const kept = { stdout: keepBeginning(mostBytes), stderr: keepBeginning(mostBytes) };
  let queue: Piece[] = [];
  let waiting = 0;
  /** `unclaimed`: nobody reads yet; `draining`: only the result is awaited; `left`: the iteration was ended early. */
  let mode: "unclaimed" | "draining" | "iterating" | "left" = "unclaimed";
  let lost = false;
  let over = false;
  let failure: { error: unknown } | undefined;
  let wake = (): void => undefined;
  let release = (): void => undefined;
  let space: Promise<void> | undefined;

  function makeSpace(): void {
    space = undefined;
    release();
  }

  function drop(): void {
    lost ||= queue.length > 0;
    queue = [];
    waiting = 0;
    makeSpace();
  }

  function next(): IteratorResult<Piece, undefined> | undefined {
    const piece = queue.shift();
    if (!piece) return over ? { done: true, value: undefined } : undefined;
    waiting -= piece.data.length + CHUNK_OVERHEAD_BYTES;
    if (waiting <= MOST_WAITING_BYTES / 2) makeSpace();
    return { done: false, value: piece };
  }

  return {
    add: (stream, data) => {
      // A program that is being killed may still write, and nobody reads that.
      if (over) return undefined;
      kept[stream].add(data);
      if (mode === "left") return undefined;
      queue.push({ stream, data });
      waiting += data.length + CHUNK_OVERHEAD_BYTES;
      wake();
      if (waiting < MOST_WAITING_BYTES) return undefined;
      if (mode === "draining") {
        drop();
        return undefined;
      }
      return (space ??= new Promise((resolve) => (release = resolve)));
    },
    end: (with_) => {
      over = true;
      failure = with_;
      wake();
      makeSpace();
    },
    drain: () => {
      if (mode !== "unclaimed") return;
      mode = "draining";
      if (waiting >= MOST_WAITING_BYTES) drop();
    },
    iterate: () => {
      if (lost || mode === "iterating" || mode === "left") {
        throw new BoxError(
          "output-taken",
          lost
            ? "the beginning of this output has already been discarded"
            : "this output is already being iterated over",
          { hint: "iterate only once, and start before awaiting the result" },
        );
      }
      mode = "iterating";
      return {
        next: async () => {
          for (;;) {
            const result = next();
            if (result && !(result.done === true && failure)) return result;
            if (result) {
              const { error } = failure ?? {};
              failure = undefined;
              throw error;
            }
            await new Promise<void>((resolve) => (wake = resolve));
          }
        },
        return: () => {
          mode = "left";
          drop();
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
    beginningOf: (stream) => kept[stream],
  };
}
