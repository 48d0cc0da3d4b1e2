import type { Socket } from "node:net";
import { createQueue } from "./queue.js";

/** Writes to the guest or to a command. Data that the peer does not read is queued here, in a compact form. */
export interface Writer {
  /** Takes ownership of `piece`. */
  write: (piece: Buffer) => void;
  /** Number of queued bytes. */
  waiting: () => number;
  /** Writes queued data and ends the stream; resolves once the system has all of it, or the peer has disconnected. */
  end: () => Promise<void>;
}

/**
 * Creates a writer.
 * @param onFlush called when the queued data is written to the socket
 * @param onTaken called when the system has accepted all data written to the socket
 */
export function openWriter(
  socket: Socket,
  { onFlush, onTaken }: { onFlush?: () => void; onTaken?: () => void } = {},
): Writer {
  const queue = createQueue();
  let inFlight = false;
  let ended = false;

  /** Also called after an error: data for a peer that has disconnected counts as written. */
  function taken(): void {
    inFlight = false;
    onTaken?.();
    if (queue.bytes() > 0) flush();
  }

  function flush(): void {
    if (ended || inFlight) return;
    inFlight = true;
    const pieces = queue.take();
    onFlush?.();
    socket.cork();
    pieces.forEach((piece, index) => socket.write(piece, index === pieces.length - 1 ? taken : undefined));
    socket.uncork();
  }

  return {
    write: (piece) => {
      if (ended) return;
      if (inFlight || queue.bytes() > 0) {
        queue.add(piece);
        return;
      }
      inFlight = true;
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
