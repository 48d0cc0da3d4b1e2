import type { Socket } from "node:net";
import { errnoOf } from "../errors.js";

/**
 * Makes a socket deliver everything that has arrived before its reader sees that the peer has disconnected. By itself, Node
 * destroys the socket, and discards what has not been read yet, when a write fails (EPIPE) or the peer has left data unread
 * (ECONNRESET). Instead, data for a peer that has disconnected counts as written, and a reset ends the stream like any
 * other end. The end is noticed only while somebody reads.
 */
export function readToEnd(socket: Socket): Socket {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  const destroy = socket.destroy.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, () => done());
  if (writev) socket._writev = (chunks, done) => writev(chunks, () => done());
  socket.destroy = (error) => {
    if (errnoOf(error) !== "ECONNRESET" || socket.destroyed || socket.readableEnded) return destroy(error);
    // The system reports a reset after the data, but a reader that pauses has not taken all of it yet.
    socket.push(null);
    socket.read(0);
    return socket;
  };
  return socket;
}
