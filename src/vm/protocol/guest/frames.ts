/** The frames of docs/protocol.md, host side. */
import {
  FRAME_FOR_SIDECAR as FOR_SIDECAR,
  FRAME_MORE as MORE,
  FRAMES,
  HEADER_BYTES,
  MAX_CHANNEL,
  MAX_PAYLOAD,
  STREAM_WINDOW,
} from "./table.js";

export { FOR_SIDECAR, HEADER_BYTES, MAX_CHANNEL, MAX_PAYLOAD, MORE, STREAM_WINDOW };

type FrameTypes = { readonly [Name in keyof typeof FRAMES]: (typeof FRAMES)[Name]["type"] };
export const FrameType = Object.fromEntries(
  Object.entries(FRAMES).map(([name, { type }]) => [name, type]),
) as FrameTypes;
export type FrameType = FrameTypes[keyof FrameTypes];

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(FrameType).map(([name, type]) => [type, name]),
);

/** Returns the name of a frame type for use in messages. */
export function nameOf(type: FrameType): string {
  return NAMES.get(type) ?? String(type);
}

export interface Frame {
  type: FrameType;
  channel: number;
  flags: number;
  payload: Buffer;
}

/** The peer violated the protocol; the stream can no longer be used. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

/** Encodes a single frame, header and payload. */
export function encodeFrame(type: FrameType, channel: number, payload: Uint8Array, flags = 0): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt8(type, 4);
  frame.writeUInt8(flags, 5);
  frame.writeUInt16LE(channel, 6);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Splits a message into as many frames as needed. */
export function encodeMessage(type: FrameType, channel: number, payload: Uint8Array): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += MAX_PAYLOAD) {
    const last = at + MAX_PAYLOAD >= payload.length;
    frames.push(encodeFrame(type, channel, payload.subarray(at, at + MAX_PAYLOAD), last ? 0 : MORE));
  }
  return frames;
}

function readHeader(data: Buffer): { length: number; type: FrameType; flags: number; channel: number } {
  const length = data.readUInt32LE(0);
  const type = data.readUInt8(4);
  const flags = data.readUInt8(5);
  const channel = data.readUInt16LE(6);
  if (length > MAX_PAYLOAD) throw new ProtocolError(`a frame of ${length} bytes`);
  if (!NAMES.has(type)) throw new ProtocolError(`a frame of unknown type ${type}`);
  if ((flags & ~(MORE | FOR_SIDECAR)) !== 0) throw new ProtocolError(`a frame with unknown flags ${flags}`);
  if (channel > MAX_CHANNEL) throw new ProtocolError(`a frame on channel ${channel}`);
  return { length, type: type as FrameType, flags, channel };
}

/**
 * Splits a byte stream into frames. A frame contained in a single chunk is not copied; otherwise, only its own bytes
 * are buffered.
 * @returns a function that takes the next chunk and returns the frames completed by it; it throws ProtocolError
 */
export function createFrameParser(): (chunk: Buffer) => Frame[] {
  let pending: Buffer[] = [];
  let have = 0;
  let want = HEADER_BYTES;

  return (chunk) => {
    const frames: Frame[] = [];
    pending.push(chunk);
    have += chunk.length;
    if (have < want) return frames;
    let data = pending.length === 1 ? chunk : Buffer.concat(pending);
    for (;;) {
      want = HEADER_BYTES;
      if (data.length < want) break;
      const { length, type, flags, channel } = readHeader(data);
      want = HEADER_BYTES + length;
      if (data.length < want) break;
      frames.push({ type, flags, channel, payload: data.subarray(HEADER_BYTES, want) });
      data = data.subarray(want);
    }
    pending = data.length > 0 ? [data] : [];
    have = data.length;
    return frames;
  };
}

const isOutput = ({ type, payload }: Frame) =>
  (type === FrameType.STDOUT || type === FrameType.STDERR) && payload.length > 0;

/** Merges consecutive output frames of the same stream: a guest may write one byte at a time. */
export function joinOutput(frames: Frame[]): Frame[] {
  const joined: Frame[] = [];
  for (let at = 0; at < frames.length;) {
    const first = frames[at] as Frame;
    let end = at + 1;
    if (isOutput(first)) {
      const follows = (frame: Frame | undefined) =>
        frame?.type === first.type &&
        frame.channel === first.channel &&
        frame.flags === first.flags &&
        isOutput(frame);
      while (follows(frames[end])) end++;
    }
    const pieces = frames.slice(at, end).map(({ payload }) => payload);
    joined.push(pieces.length === 1 ? first : { ...first, payload: Buffer.concat(pieces) });
    at = end;
  }
  return joined;
}
