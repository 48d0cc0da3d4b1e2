import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { createEventDecoder, toFileEvent, type SentEvent } from "../../../../src/vm/files/events.js";
import { encodePath } from "../../../../src/vm/protocol/guest/path-text.js";

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 300);
const TYPES = ["", "ready", "create", "modify", "delete", "rename", "overflow"];

function encodeEvent({ type, path, from }: SentEvent): Buffer {
  const [pathBytes, fromBytes] = [encodePath(path), encodePath(from)];
  const head = Buffer.alloc(5);
  head.writeUInt8(TYPES.indexOf(type), 0);
  head.writeUInt16LE(pathBytes.length, 1);
  head.writeUInt16LE(fromBytes.length, 3);
  return Buffer.concat([head, pathBytes, fromBytes]);
}

const READY = encodeEvent({ type: "ready", path: "", from: "" });

function decode(bytes: Buffer, lengths: readonly number[]): SentEvent[] {
  const take = createEventDecoder();
  const found: SentEvent[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    found.push(...take(bytes.subarray(at, at + length)));
    at += length;
  }
  return found;
}

const name = fc
  .string({ unit: "binary", minLength: 1, maxLength: 20 })
  .filter((text) => !/[/\0]/.test(text) && ![".", ".."].includes(text));
const below = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const event = fc.oneof(
  fc.record({ type: fc.constantFrom("create", "modify", "delete"), path: below, from: fc.constant("") }),
  fc.record({ type: fc.constant("rename"), path: below, from: below }),
  fc.constant({ type: "overflow", path: "", from: "" }),
) as fc.Arbitrary<SentEvent>;
const pieces = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 });

describe("watch events", () => {
  it("are decoded as they were sent, however the stream is chunked", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), pieces, (events, lengths) => {
        const [first, ...rest] = decode(Buffer.concat([READY, ...events.map(encodeEvent)]), lengths);
        expect(first?.type).toBe("ready");
        expect(rest).toEqual(events);
      }),
      { numRuns: RUNS },
    );
  });

  it("stay below the watched path or are rejected, whatever bytes arrive", () => {
    const change = fc.record({ place: fc.nat(), value: fc.nat(255) });
    const hostile = fc
      .tuple(fc.array(event, { maxLength: 5 }), fc.array(change, { maxLength: 5 }), fc.uint8Array())
      .map(([events, changes, more]) => {
        const bytes = Buffer.concat([READY, ...events.map(encodeEvent), more]);
        for (const { place, value } of changes) bytes[place % bytes.length] = value;
        return bytes;
      });
    fc.assert(
      fc.property(hostile, pieces, (bytes, lengths) => {
        let found: SentEvent[];
        try {
          found = decode(bytes, lengths);
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
          expect(error).toMatchObject({ code: "files-failed" });
          return;
        }
        for (const sent of found) {
          const { path = "/w", from = "/w" } = toFileEvent(sent, "/w") ?? {};
          for (const one of [path, from]) expect(`${one}/`).toMatch(/^\/w\/(?!\.{0,2}\/)/s);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it.each(["/a", "a/", "a//b", ".", "..", "a/../b", "a\0", "../.."])("cannot have the path %j", (path) => {
    const events = [READY, encodeEvent({ type: "create", path, from: "" })];
    expect(() => decode(Buffer.concat(events), [1000])).toThrow("the guest agent returned malformed data");
  });

  it("begin with exactly one ready event", () => {
    const created = encodeEvent({ type: "create", path: "a", from: "" });
    expect(() => decode(created, [1])).toThrow("malformed");
    expect(() => decode(Buffer.concat([READY, READY]), [1])).toThrow("malformed");
    expect(decode(Buffer.concat([READY, created]), [1])).toHaveLength(2);
  });

  it("are rejected by their header if they exceed the maximum length", () => {
    const head = encodeEvent({ type: "create", path: "a", from: "" });
    head.writeUInt16LE(4096, 1);
    expect(() => decode(Buffer.concat([READY, head]), [1000])).toThrow("malformed");
  });
});
