import { encodeFrame, FrameType, ProtocolError, STREAM_WINDOW, type Frame } from "../guest/frames.js";
import {
  decodeError,
  decodeExit,
  decodeWindow,
  encodeResize,
  encodeWindow,
  type TerminalSize,
} from "../guest/messages.js";
import { explainRefusal, type Failure } from "./failure.js";

export interface GuestExit {
  code: number;
  /** The signal that ended the program, if one did. */
  signal?: number;
  oomKilled: boolean;
}

/** How a program's end looks to a shell. */
export function toExitCode({ code, signal }: GuestExit): number {
  return signal === undefined ? code : 128 + signal;
}

export interface SessionEvents {
  onStarted?: () => void;
  /** `taken` gives the room that the piece took back to the guest. */
  onOutput: (stream: "stdout" | "stderr", data: Buffer, taken: () => void) => void;
  /** The guest has read so many bytes of stdin. */
  onStdinWindow?: (bytes: number) => void;
  onExit: (exit: GuestExit) => void;
  /** The agent refused to start it. */
  onFailure: (failure: Failure) => void;
}

/** A program in the guest, as the monitor holds it. */
export interface Session {
  signal: (signal: number) => void;
  /** A piece of stdin, empty at its end. */
  stdin: (data: Buffer) => void;
  /** The size of its terminal, if it has one. */
  resize: (size: TerminalSize) => void;
}

const STREAMS = { stdout: 1, stderr: 2 } as const;

/**
 * The host's end of one session of docs/protocol.md.
 * @param send hands a frame to the guest
 * @returns the session, and `receive` for the frames of its channel: it returns true when that was the last one, and
 *   throws ProtocolError for what the protocol does not allow.
 */
export function createSession(
  channel: number,
  send: (frame: Buffer) => void,
  events: SessionEvents,
): { session: Session; receive: (frame: Frame) => boolean } {
  const room = { stdin: STREAM_WINDOW, stdout: STREAM_WINDOW, stderr: STREAM_WINDOW };
  let stdinEnded = false;

  function output(stream: "stdout" | "stderr", data: Buffer): void {
    if (data.length === 0) return;
    room[stream] -= data.length;
    if (room[stream] < 0) throw new ProtocolError(`it overran the window of ${stream}`);
    events.onOutput(stream, data, () => {
      room[stream] += data.length;
      send(encodeWindow(channel, STREAMS[stream], data.length));
    });
  }

  /** More room than was taken would let a guest that never reads fill this process's memory. */
  function grant({ stream, bytes }: { stream: number; bytes: number }): void {
    room.stdin += bytes;
    if (stream !== 0 || room.stdin > STREAM_WINDOW)
      throw new ProtocolError("it gives back room that was never taken");
    events.onStdinWindow?.(bytes);
  }

  function receive(frame: Frame): boolean {
    switch (frame.type) {
      case FrameType.STARTED:
        events.onStarted?.();
        return false;
      case FrameType.STDOUT:
        output("stdout", frame.payload);
        return false;
      case FrameType.STDERR:
        output("stderr", frame.payload);
        return false;
      case FrameType.WINDOW:
        grant(decodeWindow(frame.payload));
        return false;
      case FrameType.EXIT:
        events.onExit(decodeExit(frame.payload));
        return true;
      case FrameType.ERROR: {
        const { code, message } = decodeError(frame.payload);
        events.onFailure(explainRefusal(code, message));
        return true;
      }
      default:
        throw new ProtocolError(`it sends frames of type ${frame.type}`);
    }
  }

  return {
    receive,
    session: {
      signal: (signal) => send(encodeFrame(FrameType.SIGNAL, channel, Buffer.of(signal))),
      stdin: (data) => {
        if (stdinEnded) return;
        stdinEnded = data.length === 0;
        room.stdin -= data.length;
        send(encodeFrame(FrameType.STDIN, channel, data));
      },
      resize: (size) => send(encodeResize(channel, size)),
    },
  };
}
