import { ZSTDDecoder } from "zstddec/stream";

/**
 * Zstandard's own decoder compiled to WebAssembly. Only the package's decoder is used, because its streaming loop never
 * ends after an error.
 */
interface Decoder {
  /** The buffer is replaced when the memory grows. */
  memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_DStreamInSize(): number;
  ZSTD_DStreamOutSize(): number;
  ZSTD_decompressStream(context: number, out: number, input: number): number;
}

class Loader extends ZSTDDecoder {
  static decoder: Decoder | undefined;

  override _init(result: { instance: { exports: unknown } }): void {
    super._init(result);
    Loader.decoder = result.instance.exports as Decoder;
  }
}

async function load(): Promise<Decoder> {
  const loader = new Loader();
  loader._init = loader._init.bind(loader);
  await loader.init();
  if (!Loader.decoder) throw new Error("the zstd decoder was not loaded");
  return Loader.decoder;
}

/** Error codes are the highest values of a size_t (zstd_errors.h). */
const MOST_ERRORS = 120;

/** Messages for zstd's error codes. */
const REASONS: Partial<Record<number, string>> = {
  10: "unknown frame descriptor",
  14: "unsupported frame parameter",
  16: "window larger than 128 MiB",
  20: "corrupt data",
  22: "wrong checksum",
  32: "a dictionary is required",
  64: "out of memory",
};

/** Malformed zstd data. `code` has the same prefix as the codes of node:zlib. */
export class ZstdError extends Error {
  readonly code: string;

  constructor(code: number, reason: string) {
    super(reason);
    this.name = "ZstdError";
    this.code = `ZSTD_error_${code}`;
  }
}

/**
 * Decompresses a stream of zstd frames (RFC 8878), including skippable ones, as it arrives. Checksums are verified.
 * Memory is bounded by the largest window that zstd accepts by default, 128 MiB.
 * @throws ZstdError
 */
export async function* decompressZstdWasm(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const zstd = await load();
  const context = zstd.ZSTD_createDCtx();
  const inBytes = zstd.ZSTD_DStreamInSize();
  const outBytes = zstd.ZSTD_DStreamOutSize();
  const inData = zstd.malloc(inBytes);
  const outData = zstd.malloc(outBytes);
  // ZSTD_inBuffer and ZSTD_outBuffer: address, size, position, 32 bits each.
  const input = zstd.malloc(12);
  const out = zstd.malloc(12);
  const set = (pointer: number, values: number[]) =>
    new Uint32Array(zstd.memory.buffer, pointer, 3).set(values);
  const positionOf = (pointer: number) => new Uint32Array(zstd.memory.buffer, pointer, 3)[2] ?? 0;

  let expected = 0;
  try {
    for await (const chunk of source) {
      for (let taken = 0; taken < chunk.length; taken += inBytes) {
        const piece = chunk.subarray(taken, taken + inBytes);
        new Uint8Array(zstd.memory.buffer).set(piece, inData);
        set(input, [inData, piece.length, 0]);
        let full = true;
        while (positionOf(input) < piece.length || full) {
          set(out, [outData, outBytes, 0]);
          const before = positionOf(input);
          const status = zstd.ZSTD_decompressStream(context, out, input) | 0;
          if (status < 0 && status >= -MOST_ERRORS) {
            throw new ZstdError(-status, REASONS[-status] ?? `zstd error ${-status}`);
          }
          const made = positionOf(out);
          // At the end of a frame, a call without input returns the size of the next frame's header.
          if (made > 0 || positionOf(input) > before) expected = status;
          full = made === outBytes;
          if (made > 0) yield new Uint8Array(zstd.memory.buffer).slice(outData, outData + made);
        }
      }
    }
    if (expected !== 0) throw new ZstdError(0, "unexpected end of data");
  } finally {
    zstd.ZSTD_freeDCtx(context);
    for (const pointer of [inData, outData, input, out]) zstd.free(pointer);
  }
}
