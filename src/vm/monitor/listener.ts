import { createServer, type Socket } from "node:net";

/** The socket on which a monitor accepts conversations with commands. */
export interface Listener {
  /** Sets who gets the conversations, including those that have been waiting; without a taker, they wait. */
  take: (taker?: (socket: Socket) => void) => void;
  close: () => void;
}

/** More than the number of commands that a box has at a time, except in an attack. */
const MOST_CONVERSATIONS = 1024;

/** Accepts conversations. They are not read before somebody takes them. */
export function openListener(descriptor: number): Listener {
  const waiting: Socket[] = [];
  let taker: ((socket: Socket) => void) | undefined;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (taker) taker(socket);
    else waiting.push(socket);
  }).listen({ fd: descriptor });
  server.maxConnections = MOST_CONVERSATIONS;
  return {
    take: (next) => {
      taker = next;
      if (next) for (const socket of waiting.splice(0)) next(socket);
    },
    close: () => server.close(),
  };
}
