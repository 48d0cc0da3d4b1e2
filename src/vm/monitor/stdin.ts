import { STREAM_WINDOW } from "../guest/frames.js";

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
  const waiting: { from: Feeder; data: Buffer }[] = [];
  const underWay: { from: Feeder; bytes: number }[] = [];
  let room = STREAM_WINDOW;

  function pump(): void {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const piece = next.data.subarray(0, room);
      if (piece.length === 0 && next.data.length > 0) return;
      pass(piece);
      room -= piece.length;
      underWay.push({ from: next.from, bytes: piece.length });
      next.data = next.data.subarray(piece.length);
      if (next.data.length === 0) waiting.shift();
    }
  }

  return {
    take: (from, data) => {
      waiting.push({ from, data });
      pump();
    },
    granted: (bytes) => {
      room += bytes;
      let left = bytes;
      for (let first = underWay[0]; first && left > 0; first = underWay[0]) {
        const part = Math.min(left, first.bytes);
        if (part > 0) giveBack(first.from, part);
        left -= part;
        first.bytes -= part;
        if (first.bytes === 0) underWay.shift();
      }
      pump();
    },
  };
}
