/** Number of bytes that `compressionOf` needs. */
export const HEAD_BYTES = 10;

/** Detects the compression of a stream from its first bytes, because names and media types are often wrong. */
export function compressionOf(head: Uint8Array): "gzip" | "zstd" | "xz" | "bzip2" | undefined {
  if (isGzip(head)) return "gzip";
  if (isZstd(head)) return "zstd";
  const text = Buffer.from(head.subarray(0, HEAD_BYTES)).toString("latin1");
  if (text.startsWith("\xfd7zXZ\0")) return "xz";
  // The magic number of the first block, or of the end, distinguishes it from a tar whose first file name begins with BZh.
  return /^BZh[1-9](1AY&SY|\x17rE8P\x90)/.test(text) ? "bzip2" : undefined;
}

const isGzip = (head: Uint8Array) => head[0] === 0x1f && head[1] === 0x8b;
/** A zstd stream may begin with a skippable frame (RFC 8878, 3.1.2). */
const isZstd = ([a = 0, b, c, d]: Uint8Array) =>
  (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) ||
  ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18);
