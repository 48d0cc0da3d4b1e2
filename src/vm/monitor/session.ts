import {
  encodeFrame,
  FrameType,
  MAX_PAYLOAD,
  nameOf,
  ProtocolError,
  STREAM_WINDOW,
  type Frame,
} from "../protocol/guest/frames.js";
import {
  decodeError,
  decodeExit,
  decodeStarted,
  decodeWindow,
  encodeResize,
  encodeWindow,
  type TerminalSize,
} from "../protocol/guest/messages.js";
import { exitCodeOfSignal } from "../../host/signals.js";
import type { Failure } from "./failure.js";
import type { Stream, Acknowledge } from "./outbox.js";

export interface GuestExit {
  code: number;
  /** The signal that ended the program, if one did. */
  signal?: number;
  oomKilled: boolean;
}

/** Returns the exit code that a shell would report. */
export function toExitCode({ code, signal }: GuestExit): number {
  return signal === undefined ? code : exitCodeOfSignal(signal);
}

export interface SessionEvents {
  onStarted?: () => void;
  /** `acknowledge` returns window space to the guest. The data is a slice of a larger buffer: copy it to keep it. */
  onOutput: (stream: Stream, data: Buffer, acknowledge: Acknowledge) => void;
  /** The guest has read this many bytes of stdin. */
  onStdinWindow?: (bytes: number) => void;
  onExit: (exit: GuestExit) => void;
  /** The agent could not start the program. */
  onFailure: (failure: Failure) => void;
}

/** The monitor's handle for a program in the guest. */
export interface Session {
  signal: (signal: number) => void;
  /** Sends stdin data; an empty chunk closes stdin. @throws Error if it exceeds the window */
  stdin: (data: Buffer) => void;
  /** Sets the size of its terminal, if it has one. */
  resize: (size: TerminalSize) => void;
}

/** Sends frames to the guest. */
export interface GuestSender {
  /** Sends or queues a frame, whether or not the guest is reading; the streams' windows limit the queue. */
  send: (frame: Buffer) => void;
  /** Whether the guest is reading; when it resumes, `flush` of every session is called. */
  isWritable: () => boolean;
}

/** The guest link's handle for a session. */
export interface Channel {
  session: Session;
  /**
   * Handles a frame on its channel; returns true if it was the last one.
   * @throws ProtocolError for unexpected frames
   */
  receive: (frame: Frame) => boolean;
  /** Sends what was held back. */
  flush: () => void;
}

const STREAMS = { stdout: 1, stderr: 2 } as const;

/** Creates the host side of a session (docs/protocol.md). */
export function createSession(channel: number, sender: GuestSender, events: SessionEvents): Channel {
  let state: "starting" | "running" | "closed" = "starting";
  const room = { stdin: STREAM_WINDOW, stdout: STREAM_WINDOW, stderr: STREAM_WINDOW };
  const ended = { stdin: false, stdout: false, stderr: false };
  /** Held back while the guest is not reading, coalesced by kind: freed window space, signals, and the last size. */
  const freed = { stdout: 0, stderr: 0 };
  const signals = new Set<number>();
  let resize: Buffer | undefined;

  function reject(frame: Frame, why: string): never {
    throw new ProtocolError(`${nameOf(frame.type)} on channel ${channel}, ${why}`);
  }

  function flush(): void {
    if (state === "closed" || !sender.isWritable()) return;
    for (const stream of ["stdout", "stderr"] as const) {
      if (freed[stream] === 0) continue;
      room[stream] += freed[stream];
      sender.send(encodeWindow(channel, STREAMS[stream], freed[stream]));
      freed[stream] = 0;
    }
    for (const signal of signals) sender.send(encodeFrame(FrameType.SIGNAL, channel, Buffer.of(signal)));
    signals.clear();
    if (resize) sender.send(resize);
    resize = undefined;
  }

  const give = (stream: Stream) => (bytes: number) => {
    freed[stream] += bytes;
    flush();
  };
  const acknowledge = { stdout: give("stdout"), stderr: give("stderr") };

  function output(stream: Stream, frame: Frame): void {
    const data = frame.payload;
    if (ended[stream]) reject(frame, `whose ${stream} has ended`);
    ended[stream] = data.length === 0;
    if (ended[stream]) return;
    room[stream] -= data.length;
    if (room[stream] < 0) reject(frame, "exceeding its window");
    events.onOutput(stream, data, acknowledge[stream]);
  }

  /** Granting more than was sent would let a guest that never reads fill this process's memory. */
  function grant(frame: Frame): void {
    const { stream, bytes } = decodeWindow(frame.payload);
    if (stream !== 0) reject(frame, "for an output stream");
    if (bytes === 0) reject(frame, "for 0 bytes");
    room.stdin += bytes;
    if (room.stdin > STREAM_WINDOW) reject(frame, "for more bytes than were sent");
    events.onStdinWindow?.(bytes);
  }

  /** Handles the first frame of a program that is being started. */
  function receiveFirst(frame: Frame): boolean {
    switch (frame.type) {
      case FrameType.STARTED:
        decodeStarted(frame.payload);
        state = "running";
        events.onStarted?.();
        return false;
      case FrameType.ERROR: {
        const { code, message } = decodeError(frame.payload);
        state = "closed";
        events.onFailure({ code, message });
        return true;
      }
      default:
        return reject(frame, "which is starting");
    }
  }

  function receive(frame: Frame): boolean {
    if (state === "starting") return receiveFirst(frame);
    switch (frame.type) {
      case FrameType.STDOUT:
        output("stdout", frame);
        return false;
      case FrameType.STDERR:
        output("stderr", frame);
        return false;
      case FrameType.WINDOW:
        grant(frame);
        return false;
      case FrameType.EXIT: {
        const exit = decodeExit(frame.payload);
        // The channel may be reused from now on, so send nothing more for this session.
        state = "closed";
        events.onExit(exit);
        return true;
      }
      default:
        return reject(frame, "which is running");
    }
  }

  return {
    receive,
    flush,
    session: {
      signal: (signal) => {
        signals.add(signal);
        flush();
      },
      stdin: (data) => {
        if (ended.stdin || state === "closed") return;
        if (data.length > room.stdin) throw new Error("stdin exceeds its window");
        ended.stdin = data.length === 0;
        room.stdin -= data.length;
        for (let at = 0; at === 0 || at < data.length; at += MAX_PAYLOAD)
          sender.send(encodeFrame(FrameType.STDIN, channel, data.subarray(at, at + MAX_PAYLOAD)));
      },
      resize: (to) => {
        resize = encodeResize(channel, to);
        flush();
      },
    },
  };
}
