/** Frames as a hostile guest may craft them. */
import type { Duplex } from "node:stream";

export const GUEST = Buffer.from([10, 0, 2, 15]);
export const GATEWAY = Buffer.from([10, 0, 2, 2]);
export const GUEST6 = Buffer.from("fd100002000000000000000000000015", "hex");
export const GUEST_MAC = Buffer.from("525400123456", "hex");
const GATEWAY_MAC = Buffer.from("52550a000202", "hex");

export const ARP_REQUEST = Buffer.concat([
  Buffer.from("ffffffffffff", "hex"),
  GUEST_MAC,
  Buffer.from("08060001080006040001", "hex"),
  GUEST_MAC,
  GUEST,
  Buffer.alloc(6),
  GATEWAY,
]);

export const isArpReply = (frame: Buffer) =>
  frame.readUInt16BE(12) === 0x0806 && frame.readUInt16BE(20) === 2;

/** As on the stream: each preceded by its length. */
export function framed(...frames: Buffer[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [word32(frame.length), frame]));
}

/** Resolves with the next frame for which `wanted` holds. */
export async function nextFrame(frames: Duplex, wanted: (frame: Buffer) => boolean): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of frames.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      const frame = bytes.subarray(4, 4 + bytes.readUInt32BE(0));
      bytes = bytes.subarray(4 + frame.length);
      if (wanted(frame)) return frame;
    }
  }
  throw new Error("the network process has ended");
}

/** RFC 1071. */
export function checksum(...parts: Buffer[]): number {
  const bytes = Buffer.concat(parts);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export function word16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function word32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const ethernet = (type: number, packet: Buffer) =>
  Buffer.concat([GATEWAY_MAC, GUEST_MAC, word16(type), packet]);

function ipv4(protocol: number, to: Buffer, payload: Buffer): Buffer {
  const header = Buffer.concat([
    Buffer.from([0x45, 0]),
    word16(20 + payload.length),
    Buffer.from([0, 0, 0, 0, 64, protocol, 0, 0]),
    GUEST,
    to,
  ]);
  header.writeUInt16BE(checksum(header), 10);
  return ethernet(0x0800, Buffer.concat([header, payload]));
}

function ipv6(protocol: number, to: Buffer, payload: Buffer): Buffer {
  const header = Buffer.from([0x60, 0, 0, 0, ...word16(payload.length), protocol, 255]);
  return ethernet(0x86dd, Buffer.concat([header, GUEST6, to, payload]));
}

export interface Segment {
  from: number;
  to: number;
  /** default: the gateway */
  address?: Buffer;
  sequence: number;
  acknowledged?: number;
  flags: number;
  urgent?: number;
  /** a multiple of four bytes */
  options?: Buffer;
  data?: Buffer;
}

export const FLAGS = { fin: 1, syn: 2, reset: 4, ack: 16, urgent: 32 };

/** A TCP segment. */
export function tcp({
  from,
  to,
  address = GATEWAY,
  sequence,
  acknowledged = 0,
  flags,
  urgent = 0,
  options = Buffer.alloc(0),
  data = Buffer.alloc(0),
}: Segment) {
  const segment = Buffer.concat([
    word16(from),
    word16(to),
    word32(sequence),
    word32(acknowledged),
    Buffer.from([((20 + options.length) / 4) << 4, flags]),
    word16(65535),
    word16(0),
    word16(urgent),
    options,
    data,
  ]);
  segment.writeUInt16BE(checksum(GUEST, address, Buffer.from([0, 6]), word16(segment.length), segment), 16);
  return ipv4(6, address, segment);
}

/** A datagram, without a checksum. */
export function udp(from: number, to: number, address: Buffer, data: Buffer): Buffer {
  return ipv4(
    17,
    address,
    Buffer.concat([word16(from), word16(to), word16(8 + data.length), word16(0), data]),
  );
}

export function ping6(to: Buffer): Buffer {
  const message = Buffer.from([128, 0, 0, 0, 0, 1, 0, 1]);
  message.writeUInt16BE(checksum(GUEST6, to, word32(message.length), Buffer.from([0, 0, 0, 58]), message), 2);
  return ipv6(58, to, message);
}

/** The TCP segment in a frame; undefined if it has none. */
export function readTcp(frame: Buffer) {
  if (frame.length < 54 || frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 6) return undefined;
  return {
    from: frame.readUInt16BE(34),
    to: frame.readUInt16BE(36),
    sequence: frame.readUInt32BE(38),
    flags: frame[47] ?? 0,
  };
}
