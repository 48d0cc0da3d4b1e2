import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logHead, parseLog, type LogEntry } from "../../../../src/vm/box/log-format.js";

const TIME = new Date("2026-01-31T12:00:00.000Z");
const onDisk = (stream: LogEntry["stream"] | "lost", data: Buffer) =>
  Buffer.concat([Buffer.from(logHead(stream, data.length, TIME)), data, Buffer.from("\n")]);
const hello = onDisk("stdout", Buffer.from("hello"));
const texts = (entries: LogEntry[]) => entries.map(({ data }) => data.toString());

describe("a log", () => {
  it("is read as it was written, whatever it contains and however it is chunked", () => {
    const data = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(hello, Buffer.from("\n"), Buffer.from("2026-01-31T12:00:00.000Z stdout 3\n")),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("stdout", "stderr"), data)), fc.nat(), (pieces, at) => {
        const all = Buffer.concat(pieces.map(([stream, bytes]) => onDisk(stream, bytes)));
        const cut = at % (all.length + 1);
        const first = parseLog(all.subarray(0, cut), false);
        const second = parseLog(Buffer.concat([first.rest, all.subarray(cut)]), true);
        const entries = [...first.entries, ...second.entries];
        expect(entries.map(({ stream, data: bytes }) => [stream, bytes])).toEqual(pieces);
        expect(second.rest).toHaveLength(0);
      }),
    );
  });

  it("reports lost output on stderr, in box's name", () => {
    const { entries } = parseLog(onDisk("lost", Buffer.from("box: 7 bytes\n")), true);
    expect(entries).toMatchObject([{ stream: "stderr", data: Buffer.from("box: 7 bytes\n") }]);
  });

  it("continues after an entry whose monitor was killed while writing it", () => {
    const whole = onDisk("stdout", Buffer.from("x".repeat(1000)));
    for (const kept of [10, 40, 60, 500, whole.length - 1]) {
      const { entries, rest } = parseLog(Buffer.concat([hello, whole.subarray(0, kept), hello]), true);
      expect(texts(entries).at(0)).toBe("hello");
      expect(texts(entries).at(-1)).toBe("hello");
      expect(rest).toHaveLength(0);
    }
  });

  it("waits for the rest of an incomplete entry", () => {
    for (let length = 0; length < hello.length; length++) {
      const { entries, rest } = parseLog(hello.subarray(0, length), true);
      expect([entries.length, rest.length]).toEqual([0, length]);
    }
  });

  it("is read from the next entry on if it is damaged, in bounded time and memory", () => {
    const noise = Buffer.alloc(1 << 20, "noise ");
    const { entries, rest } = parseLog(Buffer.concat([noise, hello, noise]), false);
    expect(texts(entries)).toEqual(["hello"]);
    expect(rest.length).toBeLessThan(64);
  });
});
