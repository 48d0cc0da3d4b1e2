import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEntryDecoder, type SentEntry } from "../../../../src/vm/files/entries.js";
import { BoxError } from "../../../../src/errors.js";
import { encodePath } from "../../../../src/vm/protocol/guest/path-text.js";

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 300);

const TYPES = ["", "file", "directory", "symlink", "other"];

function encodeEntry({ type, mode, uid, gid, size, mtimeMs, name, target = "" }: SentEntry): Buffer {
  const head = Buffer.alloc(35);
  const [nameBytes, targetBytes] = [encodePath(name), encodePath(target)];
  head.writeUInt8(TYPES.indexOf(type), 0);
  head.writeUInt16LE(mode, 1);
  head.writeUInt32LE(uid, 3);
  head.writeUInt32LE(gid, 7);
  head.writeBigUInt64LE(BigInt(size), 11);
  head.writeBigInt64LE(BigInt(Math.floor(mtimeMs / 1000)), 19);
  head.writeUInt32LE((((mtimeMs % 1000) + 1000) % 1000) * 1_000_000, 27);
  head.writeUInt16LE(nameBytes.length, 31);
  head.writeUInt16LE(targetBytes.length, 33);
  return Buffer.concat([head, nameBytes, targetBytes]);
}

const u32 = fc.nat(0xffff_ffff);
const nameText = fc
  .string({ unit: "binary", minLength: 1, maxLength: 60 })
  .filter((name) => !/[/\0]/.test(name) && ![".", ".."].includes(name));
const entry = fc
  .record({
    name: nameText,
    type: fc.constantFrom("file", "directory", "symlink", "other"),
    mode: fc.nat(0o7777),
    ...{ uid: u32, gid: u32 },
    size: fc.nat(Number.MAX_SAFE_INTEGER),
    mtimeMs: fc.integer({ min: -1e12, max: 1e13 }),
    target: fc.string({ unit: "binary", maxLength: 200 }).filter((text) => !text.includes("\0")),
  })
  .map(({ target, ...rest }): SentEntry =>
    rest.type === "symlink" ? { ...(rest as SentEntry), target } : (rest as SentEntry),
  );

/** Decodes bytes that arrive in chunks of these lengths, repeating. */
function decode(bytes: Buffer, lengths: readonly number[]): SentEntry[] {
  const decoder = createEntryDecoder();
  const found: SentEntry[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    found.push(...decoder.take(bytes.subarray(at, at + length)));
    at += length;
  }
  decoder.end();
  return found;
}

const pieces = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });

describe("directory entries", () => {
  it("are decoded as they were sent, however the stream is chunked", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), pieces, (entries, lengths) => {
        expect(decode(Buffer.concat(entries.map(encodeEntry)), lengths)).toEqual(entries);
      }),
      { numRuns: RUNS },
    );
  });

  it("have plain names and valid numbers or are rejected, whatever bytes arrive", () => {
    const change = fc.record({ place: fc.nat(), value: fc.nat(255) });
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.array(entry, { minLength: 1, maxLength: 5 }), fc.array(change, { maxLength: 5 }))
        .map(([entries, changes]) => {
          const bytes = Buffer.concat(entries.map(encodeEntry));
          for (const { place, value } of changes) bytes[place % bytes.length] = value;
          return bytes;
        }),
    );
    fc.assert(
      fc.property(hostile, pieces, (bytes, lengths) => {
        let found: SentEntry[];
        try {
          found = decode(bytes, lengths);
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
          expect(error).toMatchObject({ code: "files-failed" });
          return;
        }
        for (const { name, type, mode, target } of found) {
          expect(name).not.toMatch(/[/\0]|^\.\.?$/);
          expect(mode).toBeLessThanOrEqual(0o7777);
          expect(TYPES.indexOf(type)).toBeGreaterThan(0);
          expect(target ?? "").not.toContain("\0");
          expect(target !== undefined).toBe(type === "symlink");
        }
      }),
      { numRuns: RUNS },
    );
  });

  it.each(["", "/", "a/b", ".", "..", "a\0"])("cannot be named %j", (name) => {
    const [sent] = decode(encodeEntry({ ...PLAIN, name: "" }), [100]);
    expect(sent?.name).toBe("");
    if (name === "") return;
    expect(() => decode(encodeEntry({ ...PLAIN, name }), [100])).toThrow(
      "the guest agent returned malformed data",
    );
  });

  it("are rejected by their header if they exceed the maximum length", () => {
    const head = encodeEntry({ ...PLAIN, name: "a" });
    head.writeUInt16LE(256, 31);
    expect(() => createEntryDecoder().take(head)).toThrow("malformed");
    const link = encodeEntry({ ...PLAIN, type: "symlink", name: "a", target: "b" });
    link.writeUInt16LE(4096, 33);
    expect(() => createEntryDecoder().take(link)).toThrow("malformed");
  });
});

const PLAIN: SentEntry = { name: "a", type: "file", mode: 0, uid: 0, gid: 0, size: 0, mtimeMs: 0 };
