import type { Socket } from "node:net";
import { follow, send, sendStdin } from "../protocol/control/client.js";
import { createDecoder, Kind, type Event } from "../protocol/control/wire.js";
import { STREAM_WINDOW } from "../protocol/guest/frames.js";
import type { Copy } from "../protocol/guest/messages.js";

/** Of what the agent says about a failure. */
const MOST_WORDS = 1000;
const PIECE = 65_536;

/** How a session of the agent's on files has ended. */
export interface SessionResult {
  /** Undefined when the box has ended before. */
  ending: Event | undefined;
  /** Its stderr, of a hostile guest for all that is known. */
  said: string;
}

/**
 * What such a session writes to stdout. Whoever reads sets the pace.
 * @param socket a conversation for this alone; it is closed in the end
 */
export async function* readSession(socket: Socket, copy: Copy): AsyncGenerator<Buffer, SessionResult> {
  const pieces: Buffer[] = [];
  let said = "";
  let ending: Event | undefined;
  const decode = createDecoder((kind, payload) => {
    if (kind === Kind.stdout) pieces.push(payload);
    else if (kind === Kind.stderr) said = (said + payload.toString()).slice(0, MOST_WORDS);
    else if (kind === Kind.json) {
      const event = JSON.parse(payload.toString()) as Event;
      if (event.event !== "started" || event.program) ending = event;
    }
  });
  send(socket, { op: "copy", copy });
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      decode(chunk);
      yield* pieces.splice(0);
      if (ending && ending.event !== "started") break;
    }
  } finally {
    socket.destroy();
  }
  return { ending, said };
}

/**
 * Feeds such a session's stdin, and waits for its end.
 * @param socket a conversation for this alone; it is closed in the end
 * @throws what `content` and `follow` throw
 */
export async function feedSession(
  socket: Socket,
  copy: Copy,
  content: AsyncIterable<Uint8Array>,
): Promise<SessionResult> {
  let said = "";
  const nothing = (): void => undefined;
  const feed = {
    room: STREAM_WINDOW,
    over: false,
    wake: nothing,
    stop: nothing,
  };
  send(socket, { op: "copy", copy });
  const ended = follow(socket, {
    onOutput: (stream, data) => {
      if (stream === "stderr") said = (said + data.toString()).slice(0, MOST_WORDS);
    },
    onWindow: (bytes) => {
      feed.room += bytes;
      feed.wake();
    },
  }).finally(() => {
    feed.over = true;
    feed.wake();
    feed.stop();
  });
  // It is awaited when all has been sent, or sending has failed.
  ended.catch(nothing);
  const pieces = content[Symbol.asyncIterator]();
  /** Undefined when it is over before there is one. (A race of promises would keep every piece until it is over.) */
  const nextPiece = () =>
    new Promise<IteratorResult<Uint8Array> | undefined>((resolve, reject) => {
      feed.stop = () => resolve(undefined);
      if (feed.over) feed.stop();
      pieces.next().then(resolve, reject);
    });
  try {
    for (;;) {
      const next = await nextPiece();
      if (!next || next.done === true) break;
      const piece = next.value;
      for (let at = 0; at < piece.length && !feed.over;) {
        const part = piece.subarray(at, at + Math.min(feed.room, PIECE));
        if (part.length > 0) sendStdin(socket, part);
        feed.room -= part.length;
        at += part.length;
        if (feed.room === 0) await new Promise<void>((resolve) => (feed.wake = resolve));
      }
      // It has ended before the content: it tells why.
      if (feed.over) break;
    }
    if (!feed.over) sendStdin(socket, new Uint8Array());
    return { ending: await ended, said };
  } finally {
    socket.destroy();
    // One that still waits for a piece ends when there is one.
    pieces.return?.().catch(nothing);
  }
}
