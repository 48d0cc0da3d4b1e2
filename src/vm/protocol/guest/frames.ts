/** The frames of docs/protocol.md, host side. */

/** Bytes of each stream of a session that may be under way before the other end has asked for more. */
export const STREAM_WINDOW = 262_144;

export const FrameType = {
  HELLO: 0x01,
  CONFIGURE: 0x02,
  CONFIGURED: 0x03,
  START: 0x04,
  STARTED: 0x05,
  ERROR: 0x06,
  STDIN: 0x10,
  STDOUT: 0x11,
  STDERR: 0x12,
  WINDOW: 0x13,
  SIGNAL: 0x14,
  EXIT: 0x15,
  SHUTDOWN: 0x16,
  RESIZE: 0x17,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** The message goes on in the next frame of the same type and channel. */
export const MORE = 0x01;
export const HEADER_BYTES = 8;
export const MAX_PAYLOAD = 65_536;
export const MAX_CHANNEL = 1_023;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(FrameType).map(([name, type]) => [type, name]),
);

/** The name of a type of frame, in messages. */
export function nameOf(type: FrameType): string {
  return NAMES.get(type) ?? String(type);
}

export interface Frame {
  type: FrameType;
  channel: number;
  flags: number;
  payload: Buffer;
}

/** The peer does not keep to the protocol; the stream cannot be used any further. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

/** One frame, header and payload. */
export function encodeFrame(type: FrameType, channel: number, payload: Uint8Array, flags = 0): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt8(type, 4);
  frame.writeUInt8(flags, 5);
  frame.writeUInt16LE(channel, 6);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Cuts a message into as many frames as it needs. */
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
  if ((flags & ~MORE) !== 0) throw new ProtocolError(`a frame with unknown flags ${flags}`);
  if (channel > MAX_CHANNEL) throw new ProtocolError(`a frame on channel ${channel}`);
  return { length, type: type as FrameType, flags, channel };
}

/**
 * Cuts a byte stream into frames. A frame that lies within one chunk is not copied; of one that does not, at most
 * its own bytes are kept.
 * @returns a function that takes the next chunk and gives the frames that end in it; it throws ProtocolError.
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

/** Makes one frame of the output frames of one stream that follow each other: a guest may write a byte at a time. */
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
