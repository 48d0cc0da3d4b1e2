import type { Socket } from "node:net";
import { createQueue } from "./queue.js";

/** The way out to the guest, or to a command: what the other end does not take waits here, in a compact form. */
export interface Writer {
  /** `piece` is the writer's from now on. */
  write: (piece: Buffer) => void;
  /** Bytes that wait for those that are under way. */
  waiting: () => number;
  /** Writes what waits and ends the stream; resolves when the system has all of it, or the other end has gone. */
  end: () => Promise<void>;
}

/**
 * @param onFlush what waited is under way now
 * @param onTaken the system has taken everything that was under way
 */
export function openWriter(
  socket: Socket,
  { onFlush, onTaken }: { onFlush?: () => void; onTaken?: () => void } = {},
): Writer {
  const queue = createQueue();
  let underWay = false;
  let ended = false;

  /** With an error as well: what was written to somebody who has gone is out of the way. */
  function taken(): void {
    underWay = false;
    onTaken?.();
    if (queue.bytes() > 0) flush();
  }

  function flush(): void {
    if (ended || underWay) return;
    underWay = true;
    const pieces = queue.take();
    onFlush?.();
    socket.cork();
    pieces.forEach((piece, index) => socket.write(piece, index === pieces.length - 1 ? taken : undefined));
    socket.uncork();
  }

  return {
    write: (piece) => {
      if (ended) return;
      if (underWay || queue.bytes() > 0) {
        queue.add(piece);
        return;
      }
      underWay = true;
      onFlush?.();
      socket.write(piece, taken);
    },
    waiting: () => queue.bytes(),
    end: () =>
      new Promise((resolve) => {
        if (!ended) for (const piece of queue.take()) socket.write(piece);
        ended = true;
        socket.end(() => resolve());
      }),
  };
}
