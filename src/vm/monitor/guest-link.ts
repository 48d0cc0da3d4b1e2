import type { Socket } from "node:net";
import type { BoxRecord } from "../box/record.js";
import { createFrameParser, encodeFrame, FrameType, ProtocolError, type Frame } from "../guest/frames.js";
import {
  PROTOCOL_VERSION,
  decodeError,
  decodeExit,
  decodeHello,
  decodeWindow,
  encodeConfigure,
  encodeStart,
  encodeWindow,
} from "../guest/messages.js";
import { explainRefusal, explainSilence, explainViolation, type Failure } from "./failure.js";

export interface GuestExit {
  code: number;
  /** The signal that ended the workload, if one did. */
  signal?: number;
  oomKilled: boolean;
}

export interface GuestEvents {
  onStarted: () => void;
  /** `taken` gives the room that the piece took back to the guest. */
  onOutput: (stream: "stdout" | "stderr", data: Buffer, taken: () => void) => void;
  onStdinWindow: (bytes: number) => void;
  onExit: (exit: GuestExit) => void;
  onFailure: (failure: Failure) => void;
  consoleTail: () => string[];
}

export interface Guest {
  signal: (signal: number) => void;
  /** A piece of stdin, empty at its end. */
  stdin: (data: Buffer) => void;
  /** Resolves when nothing more can come from the guest. */
  closed: Promise<void>;
}

/** The session of the workload itself. */
const MAIN = 1;
const WINDOW = 262_144;
const STREAMS = { stdout: 1, stderr: 2 } as const;

/**
 * Talks to the agent in the guest: configures it as soon as it says hello, starts the workload, carries its streams.
 * Nothing that the guest sends is taken on faith.
 */
export function openGuest(agent: Socket, record: BoxRecord, events: GuestEvents): Guest {
  const parse = createFrameParser();
  const room = { stdout: WINDOW, stderr: WINDOW };
  let greeted = false;
  let stdinEnded = false;

  const silence = setTimeout(
    () => events.onFailure(explainSilence(record.bootLimitMs, events.consoleTail())),
    record.bootLimitMs,
  );

  function greet(frame: Frame): void {
    const { version } = decodeHello(frame.payload);
    if (greeted || version !== PROTOCOL_VERSION) throw new ProtocolError(`it greets with version ${version}`);
    greeted = true;
    clearTimeout(silence);
    const clockNs = BigInt(Date.now()) * 1_000_000n;
    const { process, guest } = record;
    for (const part of encodeConfigure({ ...guest, readOnlyRoot: false, clockNs })) agent.write(part);
    for (const part of encodeStart(MAIN, { ...process, main: true })) agent.write(part);
  }

  function output(stream: "stdout" | "stderr", data: Buffer): void {
    if (data.length === 0) return;
    room[stream] -= data.length;
    if (room[stream] < 0) throw new ProtocolError(`it overran the window of ${stream}`);
    events.onOutput(stream, data, () => {
      room[stream] += data.length;
      agent.write(encodeWindow(MAIN, STREAMS[stream], data.length));
    });
  }

  function receive(frame: Frame): void {
    if (!greeted && frame.type !== FrameType.HELLO) throw new ProtocolError("it does not greet first");
    switch (frame.type) {
      case FrameType.HELLO:
        return greet(frame);
      case FrameType.CONFIGURED:
        return;
      case FrameType.STARTED:
        return events.onStarted();
      case FrameType.STDOUT:
        return output("stdout", frame.payload);
      case FrameType.STDERR:
        return output("stderr", frame.payload);
      case FrameType.WINDOW:
        return events.onStdinWindow(decodeWindow(frame.payload).bytes);
      case FrameType.EXIT:
        return events.onExit(decodeExit(frame.payload));
      case FrameType.ERROR: {
        const { code, message } = decodeError(frame.payload);
        return events.onFailure(explainRefusal(code, message));
      }
      default:
        throw new ProtocolError(`it sends frames of type ${frame.type}`);
    }
  }

  agent.on("data", (chunk: Buffer) => {
    try {
      for (const frame of parse(chunk)) receive(frame);
    } catch (error) {
      events.onFailure(explainViolation(error instanceof Error ? error.message : String(error)));
      agent.destroy();
    }
  });
  agent.on("error", () => undefined);

  return {
    signal: (signal) => agent.write(encodeFrame(FrameType.SIGNAL, MAIN, Buffer.of(signal))),
    stdin: (data) => {
      if (stdinEnded) return;
      stdinEnded = data.length === 0;
      agent.write(encodeFrame(FrameType.STDIN, MAIN, data));
    },
    closed: new Promise((resolve) =>
      agent.once("close", () => {
        clearTimeout(silence);
        resolve();
      }),
    ),
  };
}
