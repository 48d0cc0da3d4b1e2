import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDecompressionError } from "../../../../src/oci/compression/decompress.js";
import { decompressedByProgram } from "../../../../src/oci/compression/programs.js";

const PATH = process.env.PATH;

const compressed = (name: string, input: Uint8Array) => execFileSync(name, ["-c"], { input });

// eslint-disable-next-line @typescript-eslint/require-await -- a stream must be asynchronous
async function* pieces(data: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function read(source: AsyncIterable<Uint8Array>, path = PATH): Promise<Buffer> {
  const parts = [];
  for await (const part of await decompressedByProgram(source, path)) parts.push(part);
  return Buffer.concat(parts);
}

const failure = (source: AsyncIterable<Uint8Array>, path = PATH) =>
  read(source, path).then(
    () => undefined,
    (error: unknown) => error,
  );

const DATA = Buffer.concat([
  randomBytes(300_000),
  Buffer.alloc(500_000),
  Buffer.from("text ".repeat(20_000)),
]);

describe.each(["xz", "bzip2"])("a stream in %s format", (name) => {
  const whole = compressed(name, DATA);

  it("decompresses to the original data, however it is split", async () => {
    for (const size of [7, 65_536, whole.length])
      expect((await read(pieces(whole.subarray(0), size))).equals(DATA)).toBe(true);
    const several = Buffer.concat([
      compressed(name, Buffer.from("one ")),
      compressed(name, Buffer.from("two")),
    ]);
    expect((await read(pieces(several))).toString()).toBe("one two");
    expect((await read(pieces(compressed(name, Buffer.alloc(0)), 5))).length).toBe(0);
  });

  it("is refused wherever it is truncated, with a reason of one line", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 12, max: whole.length - 1 }), async (length) => {
        const error = await failure(pieces(whole.subarray(0, length)));
        if (!isDecompressionError(error)) throw new Error("it was accepted");
        expect(error.message).toMatch(/^[A-Z][A-Za-z ]+$/);
      }),
      { numRuns: 10 },
    );
  });

  it("is refused if a byte of its content is damaged", async () => {
    const damaged = Buffer.from(whole);
    damaged[1000] = (damaged[1000] ?? 0) ^ 0x10;
    expect(isDecompressionError(await failure(pieces(damaged)))).toBe(true);
  });

  it("is refused while its source still has more to send", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.concat([whole.subarray(0, 100), Buffer.alloc(100_000, 0x55)]);
      await new Promise(() => undefined);
    }
    expect(isDecompressionError(await failure(endless()))).toBe(true);
  });

  it("passes on an error of its source", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* pieces(whole.subarray(0, 1000), 100);
      throw new Error("the source broke");
    }
    expect(await failure(broken())).toMatchObject({ message: "the source broke" });
  });

  it("ends its program and its source if it is not read to the end, even if it expands enormously", async () => {
    const bomb = compressed(name, Buffer.alloc(50_000_000));
    let isOver: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (isOver = resolve));
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield* pieces(bomb);
      } finally {
        isOver();
      }
    }
    let bytes = 0;
    for await (const piece of await decompressedByProgram(source(), PATH)) {
      bytes += piece.length;
      if (bytes > 10_000_000) break;
    }
    await over;
  });

  it("is refused if the program is not installed, naming the package", async () => {
    expect(await failure(pieces(whole), "/nowhere")).toMatchObject({
      code: "unsupported-compression",
      message: `unsupported compression: ${name}, because the program ${name} is not installed`,
      hint: expect.stringContaining(`install the package ${name}`) as string,
    });
  });
});

/** As in the xz format, 1.1.2 and 3.1: CRC-32 with the polynomial of IEEE 802.3. */
function crc32(data: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

it("an xz stream that asks for a dictionary of 4 GiB is refused", async () => {
  const stream = compressed("xz", DATA);
  // The block header follows the stream header: size, flags, then LZMA2 (0x21), one byte of properties.
  const header = 12;
  const size = ((stream[header] ?? 0) + 1) * 4;
  expect([...stream.subarray(header + 1, header + 4)]).toEqual([0, 0x21, 1]);
  stream[header + 4] = 40;
  stream.writeUInt32LE(crc32(stream.subarray(header, header + size - 4)), header + size - 4);
  expect(await failure(pieces(stream))).toMatchObject({ message: "Memory usage limit reached" });
});

it("any other stream is passed on as it is", async () => {
  for (const data of [DATA, Buffer.from("BZh9 is the name of a file in this tar"), Buffer.alloc(0)])
    expect((await read(pieces(data, 3000), "/nowhere")).equals(data)).toBe(true);
});
