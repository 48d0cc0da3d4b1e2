import { StringDecoder } from "node:string_decoder";

/** How bytes are returned: decoded to text, or unchanged. */
export type Encoding = "utf8" | "buffer";

/** The type of data in an encoding. */
export type Text<E extends Encoding> = E extends "buffer" ? Buffer : string;

/** Decodes a stream chunk by chunk: a character split between two chunks is returned with the second. */
export interface Decoder<E extends Encoding> {
  decode: (data: Buffer) => Text<E>;
  /** Returns the remaining bytes of an incomplete character at the end of the stream. */
  rest: () => Text<E>;
}

export function openDecoder<E extends Encoding>(encoding: E): Decoder<E>;
export function openDecoder(encoding: Encoding): Decoder<Encoding> {
  if (encoding === "buffer") return { decode: (data) => data, rest: () => Buffer.alloc(0) };
  const decoder = new StringDecoder("utf8");
  return { decode: (data) => decoder.write(data), rest: () => decoder.end() };
}

export function decodeWhole<E extends Encoding>(data: Buffer, encoding: E): Text<E>;
export function decodeWhole(data: Buffer, encoding: Encoding): Text<Encoding> {
  return encoding === "buffer" ? data : data.toString("utf8");
}
