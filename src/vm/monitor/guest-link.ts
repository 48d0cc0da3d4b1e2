import type { Socket } from "node:net";
import type { BoxRecord } from "../box/record.js";
import {
  createFrameParser,
  encodeFrame,
  FrameType,
  HEADER_BYTES,
  MORE,
  ProtocolError,
  type Frame,
} from "../guest/frames.js";
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
import { trace } from "./log.js";
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

/** Frames that belong to the box and not to a session; an ERROR may be about either. */
const OF_THE_BOX: ReadonlySet<FrameType> = new Set([FrameType.HELLO, FrameType.CONFIGURED]);

function checkAddress({ type, channel, flags }: Frame): void {
  const right =
    type === FrameType.ERROR
      ? channel === 0 || channel === MAIN
      : channel === (OF_THE_BOX.has(type) ? 0 : MAIN);
  if (!right) throw new ProtocolError(`it sends a frame of type ${type} on channel ${channel}`);
  if ((flags & MORE) !== 0) throw new ProtocolError(`it cuts a message of type ${type} into pieces`);
}

const NAMES = new Map<number, string>(Object.entries(FrameType).map(([name, type]) => [type, name]));

/** `--debug-grpc`: a line for each frame. */
function traceFrame(direction: string, type: number, channel: number, bytes: number): void {
  trace(`${direction}: ${NAMES.get(type) ?? type}, channel ${channel}, ${bytes} bytes`);
}

/**
 * Talks to the agent in the guest: configures it as soon as it says hello, starts the workload, carries its streams.
 * Nothing that the guest sends is taken on faith.
 */
export function openGuest(
  agent: Socket,
  record: BoxRecord,
  filter: Uint8Array | null,
  events: GuestEvents,
): Guest {
  const onFrame = record.config.debugGrpc ? traceFrame : undefined;
  const write = (frame: Buffer): void => {
    onFrame?.("to the guest", frame.readUInt8(4), frame.readUInt16LE(6), frame.length - HEADER_BYTES);
    agent.write(frame);
  };
  const parse = createFrameParser();
  const room = { stdin: WINDOW, stdout: WINDOW, stderr: WINDOW };
  /** What commands have sent before there is a session to send it to: at most a window of stdin. */
  const early: Buffer[] = [];
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
    for (const part of encodeConfigure({ ...guest, clockNs })) write(part);
    for (const part of encodeStart(MAIN, { ...process, seccomp: filter, main: true })) write(part);
    for (const part of early.splice(0)) write(part);
  }

  function send(frame: Buffer): void {
    if (greeted) write(frame);
    else early.push(frame);
  }

  function output(stream: "stdout" | "stderr", data: Buffer): void {
    if (data.length === 0) return;
    room[stream] -= data.length;
    if (room[stream] < 0) throw new ProtocolError(`it overran the window of ${stream}`);
    events.onOutput(stream, data, () => {
      room[stream] += data.length;
      write(encodeWindow(MAIN, STREAMS[stream], data.length));
    });
  }

  /** More room than was taken would let a guest that never reads fill this process's memory. */
  function grant({ stream, bytes }: { stream: number; bytes: number }): void {
    room.stdin += bytes;
    if (stream !== 0 || room.stdin > WINDOW)
      throw new ProtocolError("it gives back room that was never taken");
    events.onStdinWindow(bytes);
  }

  function receive(frame: Frame): void {
    onFrame?.("from the guest", frame.type, frame.channel, frame.payload.length);
    checkAddress(frame);
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
        return grant(decodeWindow(frame.payload));
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
    signal: (signal) => send(encodeFrame(FrameType.SIGNAL, MAIN, Buffer.of(signal))),
    stdin: (data) => {
      if (stdinEnded) return;
      stdinEnded = data.length === 0;
      room.stdin -= data.length;
      send(encodeFrame(FrameType.STDIN, MAIN, data));
    },
    closed: new Promise((resolve) =>
      agent.once("close", () => {
        clearTimeout(silence);
        resolve();
      }),
    ),
  };
}
