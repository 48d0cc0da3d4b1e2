import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createFrameParser,
  encodeFrame,
  encodeMessage,
  FrameType,
  MAX_PAYLOAD,
  MORE,
  ProtocolError,
} from "../../../../../src/vm/protocol/guest/frames.js";

const frame = fc.record({
  type: fc.constantFrom(...Object.values(FrameType)),
  channel: fc.integer({ min: 0, max: 1023 }),
  flags: fc.constantFrom(0, MORE),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

/** Splits a buffer at the given offsets. */
function cut(data: Buffer, places: number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (data.length + 1)).sort((a, b) => a - b), data.length];
  return sorted.slice(1).map((end, i) => data.subarray(sorted[i], end));
}

describe("createFrameParser", () => {
  it("returns the same frames wherever the stream is split", () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat(10_000)), (frames, places) => {
        const stream = Buffer.concat(frames.map((f) => encodeFrame(f.type, f.channel, f.payload, f.flags)));
        const parse = createFrameParser();
        expect(cut(stream, places).flatMap(parse)).toEqual(frames);
      }),
    );
  });

  it("throws nothing but ProtocolError, whatever a guest sends", () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1 }), fc.nat(), fc.nat(255), (frames, place, value) => {
        const stream = Buffer.concat(frames.map((f) => encodeFrame(f.type, f.channel, f.payload, f.flags)));
        stream[place % stream.length] = value;
        try {
          createFrameParser()(stream);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  it.each([
    ["a payload over the limit", Buffer.from([1, 0, 1, 0, 0x11, 0, 1, 0])],
    ["an unknown type", Buffer.from([0, 0, 0, 0, 0x7f, 0, 0, 0])],
    ["unknown flags", Buffer.from([0, 0, 0, 0, 0x11, 4, 1, 0])],
    ["a channel out of range", Buffer.from([0, 0, 0, 0, 0x11, 0, 0, 4])],
  ])("rejects %s as soon as the header has arrived", (_, header) => {
    expect(() => createFrameParser()(header)).toThrow(ProtocolError);
  });
});

describe("encodeMessage", () => {
  it.each([0, 1, MAX_PAYLOAD, MAX_PAYLOAD + 1, 3 * MAX_PAYLOAD])(
    "splits %i bytes and flags all frames but the last",
    (size) => {
      const payload = Buffer.alloc(size, 7);
      const frames = encodeMessage(FrameType.START, 1, payload).flatMap(createFrameParser());
      expect(Buffer.concat(frames.map((f) => f.payload)).equals(payload)).toBe(true);
      expect(frames.map((f) => f.flags)).toEqual([...frames.slice(1).map(() => MORE), 0]);
    },
  );
});
