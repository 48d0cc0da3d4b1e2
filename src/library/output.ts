import { BoxError } from "../errors.js";

export type Stream = "stdout" | "stderr";

export interface Piece {
  stream: Stream;
  data: Buffer;
}

/** Bytes that wait for whoever iterates before the program is held back. */
const WAITING = 256 * 1024;
/** What a piece takes besides its data. */
const PIECE = 64;

/** The beginning of a stream, kept in one piece however small its parts are. */
function keepBeginning(most: number) {
  let kept = Buffer.alloc(0);
  let length = 0;
  let truncated = false;
  return {
    add: (data: Buffer) => {
      const part = data.subarray(0, most - length);
      truncated ||= part.length < data.length;
      if (length + part.length > kept.length) {
        const larger = Buffer.alloc(Math.min(most, Math.max(2 * kept.length, length + part.length, 4096)));
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

/** What a program writes: for one who iterates over it, and for those who only want it in the end. */
export interface ProgramOutput {
  /** @returns where nobody takes any more for now: resolves when somebody does */
  take: (stream: Stream, data: Buffer) => Promise<void> | undefined;
  /** There is no more, or nobody wants it: what comes yet is dropped. */
  end: (failure?: { error: unknown }) => void;
  /** Somebody waits for the end: the program is not held back for one who might iterate. */
  drain: () => void;
  /** @throws BoxError output-taken */
  iterate: () => AsyncIterator<Piece, undefined>;
  beginningOf: (stream: Stream) => { bytes: () => Buffer; isTruncated: () => boolean };
}

/** @param most bytes of each stream that are kept for those who want it in the end */
export function openOutput(most: number): ProgramOutput {
  const kept = { stdout: keepBeginning(most), stderr: keepBeginning(most) };
  let queue: Piece[] = [];
  let waiting = 0;
  /** `nobody` asks yet; `draining`: only for the end; `iterating`; `left`: who did so has had enough. */
  let mode: "nobody" | "draining" | "iterating" | "left" = "nobody";
  let lost = false;
  let over = false;
  let failure: { error: unknown } | undefined;
  let wake = (): void => undefined;
  let release = (): void => undefined;
  let room: Promise<void> | undefined;

  function makeRoom(): void {
    room = undefined;
    release();
  }

  function drop(): void {
    lost ||= queue.length > 0;
    queue = [];
    waiting = 0;
    makeRoom();
  }

  function next(): IteratorResult<Piece, undefined> | undefined {
    const piece = queue.shift();
    if (!piece) return over ? { done: true, value: undefined } : undefined;
    waiting -= piece.data.length + PIECE;
    if (waiting <= WAITING / 2) makeRoom();
    return { done: false, value: piece };
  }

  return {
    take: (stream, data) => {
      // One that is being killed may have more to say than anybody takes.
      if (over) return undefined;
      kept[stream].add(data);
      if (mode === "left") return undefined;
      queue.push({ stream, data });
      waiting += data.length + PIECE;
      wake();
      if (waiting < WAITING) return undefined;
      if (mode === "draining") {
        drop();
        return undefined;
      }
      return (room ??= new Promise((resolve) => (release = resolve)));
    },
    end: (with_) => {
      over = true;
      failure = with_;
      wake();
      makeRoom();
    },
    drain: () => {
      if (mode !== "nobody") return;
      mode = "draining";
      if (waiting >= WAITING) drop();
    },
    iterate: () => {
      if (lost || mode === "iterating" || mode === "left") {
        throw new BoxError(
          "output-taken",
          lost ? "the beginning of this output has gone by" : "this output is iterated over already",
          { hint: "iterate before awaiting the end, and once" },
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
