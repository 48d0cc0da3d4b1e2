import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { SIGKILL } from "../../host/signals.js";
import { STREAM_WINDOW } from "../protocol/guest/frames.js";
import { log } from "./log.js";
import { createQueue } from "./queue.js";
import type { Session, SessionEvents } from "./session.js";

/** Opens a connection to the port in the guest: its streams are those of a session. */
type Connect = (events: SessionEvents) => Session | undefined;

/** Relays a connection of a program on this host to the port in the guest. */
function relay(socket: Socket, connect: Connect): void {
  const waiting = createQueue();
  let window = STREAM_WINDOW;
  let ended = false;
  let over = false;

  const session = connect({
    onOutput: (stream, data, acknowledge) => {
      if (stream === "stderr") return acknowledge(data.length);
      // Copied, because it may be a slice of a much larger buffer.
      socket.write(Buffer.from(data), () => acknowledge(data.length));
    },
    onStdinWindow: (bytes) => {
      window += bytes;
      pump();
    },
    onExit: () => {
      over = true;
      socket.end();
    },
    onFailure: ({ message }) => {
      over = true;
      log("warn", `closed a connection to the sidecar: ${message}`);
      socket.destroy();
    },
  });

  function pump(): void {
    for (const piece of waiting.take()) {
      const now = piece.subarray(0, window);
      if (now.length > 0) session?.stdin(now);
      window -= now.length;
      if (now.length < piece.length) waiting.add(piece.subarray(now.length));
    }
    if (waiting.bytes() > 0) return;
    if (ended) session?.stdin(Buffer.alloc(0));
    else socket.resume();
  }

  socket.on("data", (data) => {
    waiting.add(data);
    socket.pause();
    pump();
  });
  socket.on("end", () => {
    ended = true;
    pump();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    if (!over) session?.signal(SIGKILL);
  });
}

/**
 * Listens on a socket that leads to the port of the sidecar. Only this user can connect.
 * @returns a function that closes it
 */
export function serveSidecar(path: string, connect: Connect): () => void {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    relay(socket, connect);
  });
  server.on("error", (error) => log("error", `cannot listen for the sidecar: ${String(error)}`));
  rmSync(path, { force: true });
  server.once("listening", () => chmodSync(path, 0o600));
  // In a directory that other users cannot enter, so the mode may follow.
  server.listen(path);
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}
