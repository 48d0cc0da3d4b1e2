import { StringDecoder } from "node:string_decoder";

/** How bytes are handed out: as text, or as they are. */
export type Encoding = "utf8" | "buffer";

/** What an encoding makes of bytes. */
export type Text<E extends Encoding> = E extends "buffer" ? Buffer : string;

/** Decodes the pieces of a stream: a letter that two of them share comes with the second. */
export interface Decoder<E extends Encoding> {
  decode: (data: Buffer) => Text<E>;
  /** What is left when the stream has ended. */
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
