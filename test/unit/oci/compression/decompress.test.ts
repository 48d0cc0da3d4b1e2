import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decompressed, isDecompressionError } from "../../../../src/oci/compression/decompress.js";
import { compressionOf } from "../../../../src/oci/compression/detect.js";

/** Compresses with the real tool. */
const zstd = (input: Uint8Array, ...flags: string[]) => execFileSync("zstd", ["-qc", ...flags], { input });

function skippable(bytes: number): Buffer {
  const frame = Buffer.alloc(8 + bytes, 0x55);
  frame.writeUInt32LE(0x184d2a53, 0);
  frame.writeUInt32LE(bytes, 4);
  return frame;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream must be asynchronous
async function* pieces(data: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const DATA = Buffer.concat([
  Buffer.from("0123456789abcdef".repeat(20_000)),
  randomBytes(300_000),
  Buffer.alloc(500_000),
  Buffer.from("0123456789abcdef".repeat(20_000)),
]);

async function* read(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* await decompressed(source);
}

describe("a zstd stream", () => {
  it.each<[string, Buffer]>([
    ["with the tool's defaults", zstd(DATA)],
    ["with the fastest level", zstd(DATA, "-1")],
    ["with a high level and a large window", zstd(DATA, "-19", "--long=27")],
    ["without a checksum", zstd(DATA, "--no-check")],
    ["with several frames", Buffer.concat([zstd(DATA.subarray(0, 10)), zstd(DATA.subarray(10))])],
    [
      "with skippable frames before, between and after",
      Buffer.concat([
        skippable(9),
        zstd(DATA.subarray(0, 500_000)),
        skippable(200_000),
        zstd(DATA.subarray(500_000)),
        skippable(0),
      ]),
    ],
    ["with an empty frame first", Buffer.concat([zstd(Buffer.alloc(0)), zstd(DATA)])],
  ])("%s decompresses to the original data", async (_, data) => {
    for (const size of [7, 65_536, data.length]) {
      expect((await collect(read(pieces(data, size)))).equals(DATA)).toBe(true);
    }
  });

  it("of no data decompresses to no data", async () => {
    expect((await collect(read(pieces(zstd(Buffer.alloc(0)), 5)))).length).toBe(0);
  });

  const whole = zstd(DATA);
  it("is refused wherever it is truncated", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: whole.length - 1 }), async (length) => {
        const error = await collect(read(pieces(whole.subarray(0, length), 65_536))).catch(
          (thrown: unknown) => thrown,
        );
        expect(isDecompressionError(error)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("is refused if any byte is damaged, because its checksum is verified", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: whole.length - 1 }), async (at) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
        const error = await collect(read(pieces(damaged, 65_536))).catch((thrown: unknown) => thrown);
        // Some header bits have no effect.
        if (Buffer.isBuffer(error)) expect(error.equals(DATA)).toBe(true);
        else expect(isDecompressionError(error)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("is refused if other data follows", async () => {
    const error = await collect(read(pieces(Buffer.concat([whole, Buffer.from("garbage")]), 999))).catch(
      (thrown: unknown) => thrown,
    );
    expect(isDecompressionError(error)).toBe(true);
  });

  it("is refused if it requires a window of 2 GiB", async () => {
    // Magic number, no checksum and no size, the window descriptor, and an empty last block.
    const data = Buffer.from("28b52ffd00a8010000", "hex");
    const error = await collect(read(pieces(data, 100))).catch((thrown: unknown) => thrown);
    expect(isDecompressionError(error)).toBe(true);
  });

  it("is decompressed in small pieces, even if it expands enormously", async () => {
    const bomb = zstd(Buffer.alloc(50_000_000));
    let bytes = 0;
    for await (const piece of read(pieces(bomb, bomb.length))) {
      expect(piece.length).toBeLessThanOrEqual(2 ** 18);
      bytes += piece.length;
      if (bytes > 10_000_000) break;
    }
    expect(bytes).toBeGreaterThan(10_000_000);
  });

  it("passes on an error of its source", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* pieces(whole.subarray(0, 1000), 100);
      throw new Error("the source broke");
    }
    await expect(collect(read(broken()))).rejects.toThrow("the source broke");
  });
});

it.each([
  ["gzip", gzipSync(DATA)],
  ["zstd", zstd(DATA)],
  ["zstd", Buffer.concat([skippable(1), zstd(DATA)])],
  [undefined, DATA],
])("the compression of a stream is detected from its first bytes: %s", async (compression, data) => {
  expect(compressionOf(data.subarray(0, 4))).toBe(compression);
  for (const size of [3000, data.length]) {
    expect((await collect(await decompressed(pieces(data, size)))).equals(DATA)).toBe(true);
  }
});

describe("a compression that layers may not have", () => {
  it.each(["xz", "bzip2"])("such as %s is named in the error, however the stream is split", async (name) => {
    for (const input of [DATA, Buffer.alloc(0)]) {
      const stream = execFileSync(name, ["-c"], { input });
      for (const size of [1, 7, 65_536]) {
        await expect(decompressed(pieces(stream, size))).rejects.toMatchObject({
          code: "unsupported-compression",
          message: expect.stringContaining(name) as string,
        });
      }
    }
  });

  it("is not detected in data that merely begins like it", async () => {
    const plain = Buffer.from("BZh9 is the name of a file in this tar");
    expect((await collect(await decompressed(pieces(plain, 3)))).equals(plain)).toBe(true);
    expect(compressionOf(Buffer.from("BZh91A"))).toBeUndefined();
  });
});
