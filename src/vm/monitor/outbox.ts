import type { Socket } from "node:net";
import { encode, encodeJson, encodeWindow, Kind, type Event } from "../protocol/control/wire.js";
import { openWriter } from "./writer.js";

export type Stream = "stdout" | "stderr";

/** Reports that this many bytes have been received, which returns window space to their sender. */
export type Acknowledge = (bytes: number) => void;

/** Messages to a command. They are queued here if it reads slowly; the windows of the streams limit the queue. */
export interface Outbox {
  tell: (event: Event) => void;
  /**
   * `acknowledge` is called when the command has received the data or disconnected. `message` is the encoded data, if
   * it is sent to several commands.
   */
  output: (stream: Stream, data: Buffer, acknowledge: Acknowledge, message?: Buffer) => void;
  /** Allows the command to send this many more bytes of stdin. */
  grant: (bytes: number) => void;
  /** Ends the conversation; resolves once all messages have been handed to the system. */
  end: () => Promise<void>;
}

/** Bytes of each stream that are still to be acknowledged, and how. */
type Due = Map<Stream, { bytes: number; acknowledge: Acknowledge }>;

function settle(due: Due): void {
  for (const { bytes, acknowledge } of due.values()) acknowledge(bytes);
}

export function openOutbox(socket: Socket): Outbox {
  let waiting: Due = new Map();
  let inFlight: Due = new Map();
  let granted = 0;
  let busy = false;
  let ended = false;

  const writer = openWriter(socket, {
    onFlush: () => {
      busy = true;
      inFlight = waiting;
      waiting = new Map();
    },
    onTaken: () => {
      busy = false;
      const due = inFlight;
      inFlight = new Map();
      settle(due);
      flushGrant();
    },
  });

  /** While the command does not read, small grants are combined into one. */
  function flushGrant(): void {
    if (busy || granted === 0) return;
    const bytes = granted;
    granted = 0;
    writer.write(encodeWindow(bytes));
  }

  // Data that is still queued will never be sent.
  socket.once("close", () => {
    const due = waiting;
    waiting = new Map();
    settle(due);
  });

  return {
    tell: (event) => writer.write(encodeJson(event)),
    output: (stream, data, acknowledge, message) => {
      if (socket.destroyed || ended) return acknowledge(data.length);
      const due = waiting.get(stream);
      if (due) due.bytes += data.length;
      else waiting.set(stream, { bytes: data.length, acknowledge });
      writer.write(message ?? encode(Kind[stream], data));
    },
    grant: (bytes) => {
      granted += bytes;
      flushGrant();
    },
    end: () => {
      granted = 0;
      ended = true;
      return writer.end();
    },
  };
}
