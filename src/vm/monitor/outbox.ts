import type { Socket } from "node:net";
import { encode, encodeJson, encodeWindow, Kind, type Event } from "../protocol/control/wire.js";
import { openWriter } from "./writer.js";

export type Stream = "stdout" | "stderr";

/** Says that so many bytes have been taken, which gives room on the stream back to their writer. */
export type Acknowledge = (bytes: number) => void;

/** What a command gets from the monitor. It waits here for one that reads slowly; the windows of the streams bound it. */
export interface Outbox {
  tell: (event: Event) => void;
  /**
   * `acknowledge` is called when the command has taken the piece, or is gone. `message` is the piece as it is sent, where
   * others are sent it too.
   */
  output: (stream: Stream, data: Buffer, acknowledge: Acknowledge, message?: Buffer) => void;
  /** The command may send so many bytes of stdin more. */
  grant: (bytes: number) => void;
  /** Ends the conversation; resolves when the system has all that was said. */
  end: () => Promise<void>;
}

/** Bytes of each stream, and who wants to hear when they are taken. */
type Due = Map<Stream, { bytes: number; acknowledge: Acknowledge }>;

function settle(due: Due): void {
  for (const { bytes, acknowledge } of due.values()) acknowledge(bytes);
}

export function openOutbox(socket: Socket): Outbox {
  let waiting: Due = new Map();
  let underWay: Due = new Map();
  let granted = 0;
  let busy = false;
  let ended = false;

  const writer = openWriter(socket, {
    onFlush: () => {
      busy = true;
      underWay = waiting;
      waiting = new Map();
    },
    onTaken: () => {
      busy = false;
      const due = underWay;
      underWay = new Map();
      settle(due);
      flushGrant();
    },
  });

  /** Many small gifts become one while the command does not read. */
  function flushGrant(): void {
    if (busy || granted === 0) return;
    const bytes = granted;
    granted = 0;
    writer.write(encodeWindow(bytes));
  }

  // What waits behind it will never be under way.
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
