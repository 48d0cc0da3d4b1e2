import { STREAM_WINDOW } from "../protocol/guest/frames.js";
import { createQueue, type ByteQueue } from "./queue.js";

export interface SharedStdin<Feeder> {
  /** Accepts data from a feeder; an empty chunk closes stdin for all of them. */
  take: (from: Feeder, data: Buffer) => void;
  /** Called when the program has read this many bytes. */
  granted: (bytes: number) => void;
}

/**
 * Lets several commands feed one program's stdin: data is passed on in the order of arrival, never exceeding the
 * guest's window, and each command gets back the window space of its own bytes.
 */
export function shareStdin<Feeder>(
  pass: (data: Buffer) => void,
  giveBack: (to: Feeder, bytes: number) => void,
): SharedStdin<Feeder> {
  const waiting: { from: Feeder; queue: ByteQueue }[] = [];
  const inFlight: { from: Feeder; bytes: number }[] = [];
  let window = STREAM_WINDOW;
  let ended = false;

  /** Passes on as much as the window allows. @returns the rest */
  function passPart(from: Feeder, data: Buffer): Buffer {
    const piece = data.subarray(0, window);
    if (piece.length === 0) return data;
    pass(piece);
    window -= piece.length;
    const last = inFlight.at(-1);
    if (last?.from === from) last.bytes += piece.length;
    else inFlight.push({ from, bytes: piece.length });
    return data.subarray(piece.length);
  }

  function keep(from: Feeder, data: Buffer): void {
    let last = waiting.at(-1);
    if (last?.from !== from) waiting.push((last = { from, queue: createQueue() }));
    // Copied, because the data may be a slice of a much larger buffer.
    last.queue.add(Buffer.from(data));
  }

  function pump(): void {
    for (let next = waiting[0]; next && window > 0; next = waiting[0]) {
      const { from, queue } = next;
      for (const piece of queue.take()) {
        const rest = passPart(from, piece);
        if (rest.length > 0) queue.add(rest);
      }
      if (queue.bytes() > 0) return;
      waiting.shift();
      if (waiting.length === 0 && ended) pass(Buffer.alloc(0));
    }
  }

  return {
    take: (from, data) => {
      if (ended) return;
      ended = data.length === 0;
      if (waiting.length > 0) {
        if (!ended) keep(from, data);
        return;
      }
      const rest = ended ? data : passPart(from, data);
      if (ended) pass(data);
      else if (rest.length > 0) keep(from, rest);
    },
    granted: (bytes) => {
      window += bytes;
      let left = bytes;
      for (let first = inFlight[0]; first && left > 0; first = inFlight[0]) {
        const part = Math.min(left, first.bytes);
        giveBack(first.from, part);
        left -= part;
        first.bytes -= part;
        if (first.bytes === 0) inFlight.shift();
      }
      pump();
    },
  };
}
