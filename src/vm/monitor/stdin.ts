import { STREAM_WINDOW } from "../protocol/guest/frames.js";
import { createQueue, type ByteQueue } from "./queue.js";

export interface SharedStdin<Feeder> {
  /** Takes a piece from somebody; an empty one ends it for everybody. */
  take: (from: Feeder, data: Buffer) => void;
  /** The program has read so many bytes. */
  granted: (bytes: number) => void;
}

/**
 * Lets several commands feed one program: pieces go on in the order in which they came, never more than the guest has
 * room for, and each command gets back the room that its own bytes took.
 */
export function shareStdin<Feeder>(
  pass: (data: Buffer) => void,
  giveBack: (to: Feeder, bytes: number) => void,
): SharedStdin<Feeder> {
  const waiting: { from: Feeder; queue: ByteQueue }[] = [];
  const underWay: { from: Feeder; bytes: number }[] = [];
  let room = STREAM_WINDOW;
  let ended = false;

  /** Passes on what there is room for. @returns the rest */
  function passPart(from: Feeder, data: Buffer): Buffer {
    const piece = data.subarray(0, room);
    if (piece.length === 0) return data;
    pass(piece);
    room -= piece.length;
    const last = underWay.at(-1);
    if (last?.from === from) last.bytes += piece.length;
    else underWay.push({ from, bytes: piece.length });
    return data.subarray(piece.length);
  }

  function keep(from: Feeder, data: Buffer): void {
    let last = waiting.at(-1);
    if (last?.from !== from) waiting.push((last = { from, queue: createQueue() }));
    // A copy: what it is part of may be much larger.
    last.queue.add(Buffer.from(data));
  }

  function pump(): void {
    for (let next = waiting[0]; next && room > 0; next = waiting[0]) {
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
      room += bytes;
      let left = bytes;
      for (let first = underWay[0]; first && left > 0; first = underWay[0]) {
        const part = Math.min(left, first.bytes);
        giveBack(first.from, part);
        left -= part;
        first.bytes -= part;
        if (first.bytes === 0) underWay.shift();
      }
      pump();
    },
  };
}
