import type { Socket } from "node:net";
import { follow, send, sendStdin } from "../protocol/control/client.js";
import { createDecoder, Kind, type Event } from "../protocol/control/wire.js";
import { STREAM_WINDOW } from "../protocol/guest/frames.js";
import type { Copy } from "../protocol/guest/messages.js";

/** Maximum length of the agent's error message. */
const MOST_CHARACTERS = 1000;
const CHUNK = 65_536;

/** Result of a file session of the agent. */
export interface SessionResult {
  /** Undefined if the box exited first. */
  ending: Event | undefined;
  /** The session's stderr, which is untrusted: the guest may be hostile. */
  said: string;
}

/**
 * Streams what a file session writes to stdout, at the reader's pace.
 * @param socket a connection of its own, which is closed at the end
 */
export async function* readSession(socket: Socket, copy: Copy): AsyncGenerator<Buffer, SessionResult> {
  const chunks: Buffer[] = [];
  let said = "";
  let ending: Event | undefined;
  const decode = createDecoder((kind, payload) => {
    if (kind === Kind.stdout) chunks.push(payload);
    else if (kind === Kind.stderr) said = (said + payload.toString()).slice(0, MOST_CHARACTERS);
    else if (kind === Kind.json) {
      const event = JSON.parse(payload.toString()) as Event;
      if (event.event !== "started" || event.program) ending = event;
    }
  });
  send(socket, { op: "copy", copy });
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      decode(chunk);
      yield* chunks.splice(0);
      if (ending && ending.event !== "started") break;
    }
  } finally {
    socket.destroy();
  }
  return { ending, said };
}

/**
 * Writes content to the stdin of a file session, and waits until it exits.
 * @param socket a connection of its own, which is closed at the end
 * @throws errors of `content` and `follow`
 */
export async function feedSession(
  socket: Socket,
  copy: Copy,
  content: AsyncIterable<Uint8Array>,
): Promise<SessionResult> {
  let said = "";
  const nothing = (): void => undefined;
  const feed = {
    window: STREAM_WINDOW,
    over: false,
    wake: nothing,
    stop: nothing,
  };
  send(socket, { op: "copy", copy });
  const ended = follow(socket, {
    onOutput: (stream, data) => {
      if (stream === "stderr") said = (said + data.toString()).slice(0, MOST_CHARACTERS);
    },
    onWindow: (bytes) => {
      feed.window += bytes;
      feed.wake();
    },
  }).finally(() => {
    feed.over = true;
    feed.wake();
    feed.stop();
  });
  // It is awaited after everything has been sent or sending has failed.
  ended.catch(nothing);
  const chunks = content[Symbol.asyncIterator]();
  /** Returns undefined if the session ends first. (Promise.race would retain every chunk until the end.) */
  const nextChunk = () =>
    new Promise<IteratorResult<Uint8Array> | undefined>((resolve, reject) => {
      feed.stop = () => resolve(undefined);
      if (feed.over) feed.stop();
      chunks.next().then(resolve, reject);
    });
  try {
    for (;;) {
      const next = await nextChunk();
      if (!next || next.done === true) break;
      const chunk = next.value;
      for (let at = 0; at < chunk.length && !feed.over;) {
        const part = chunk.subarray(at, at + Math.min(feed.window, CHUNK));
        if (part.length > 0) sendStdin(socket, part);
        feed.window -= part.length;
        at += part.length;
        if (feed.window === 0) await new Promise<void>((resolve) => (feed.wake = resolve));
      }
      // The session ended before the content: its result says why.
      if (feed.over) break;
    }
    if (!feed.over) sendStdin(socket, new Uint8Array());
    return { ending: await ended, said };
  } finally {
    socket.destroy();
    // If a chunk is still pending, the iterator is closed after it.
    chunks.return?.().catch(nothing);
  }
}
