import { badTar } from "./bad-layer.js";

/**
 * One 512-byte header of a tar (POSIX.1-2001 pax, "ustar Interchange Format", and GNU tar's variants).
 *
 * Does not use the `tar` package's Header class, because it loses what an image needs: it decodes
 * names as UTF-8 (other bytes become U+FFFD), reads device numbers only after POSIX's magic (GNU tar writes its own),
 * does not support sparse files, accepts only unsigned checksums, and turns times into Dates (milliseconds).
 * Ambiguous tars are read as Go's archive/tar does, because images are built for that reader.
 */
export interface TarHeader {
  /** Type flag; `\0` for a v7 file. */
  typeflag: string;
  gnu: boolean;
  name: string;
  linkname: string;
  mode: number;
  uid: number;
  gid: number;
  /** Size of the data that follows in the tar, in bytes, without padding. */
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  major: number;
  minor: number;
}

export const BLOCK = 512;

/**
 * @param block 512 bytes, not all of them zero
 * @param offset of the block in the tar, used in messages
 * @throws BoxError `bad-layer`
 */
export function parseHeader(block: Buffer, offset: number): TarHeader {
  verifyChecksum(block, offset);
  const magic = block.toString("latin1", 257, 265);
  const posix = magic.startsWith("ustar\0");
  const gnu = magic === "ustar  \0";
  const number = (at: number, length: number, what: string) => parseNumber(block, at, length, offset, what);
  const size = number(124, 12, "size");
  if (size < 0) throw badTar(offset, `negative size ${size}`);
  return {
    typeflag: String.fromCharCode(block[156] ?? 0),
    gnu,
    name: joinPrefix(posix ? prefixOf(block) : "", cString(block, 0, 100)),
    linkname: cString(block, 157, 100),
    mode: number(100, 8, "mode"),
    uid: number(108, 8, "uid"),
    gid: number(116, 8, "gid"),
    size,
    mtime: number(136, 12, "mtime"),
    // v7 does not have these fields; they may contain garbage.
    major: posix || gnu ? number(329, 8, "device number") : 0,
    minor: posix || gnu ? number(337, 8, "device number") : 0,
  };
}

/** Schily's star stores times in the last 24 bytes of the prefix, and marks this with a trailer. */
function prefixOf(block: Buffer): string {
  const star = block.toString("latin1", 508, 512) === "tar\0";
  return cString(block, 345, star ? 131 : 155);
}

function joinPrefix(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

export function isZeroBlock(block: Buffer): boolean {
  for (let i = 0; i < BLOCK; i++) if (block[i] !== 0) return false;
  return true;
}

/** Returns the bytes up to the first NUL as a latin1 string. */
export function cString(block: Buffer, at: number, length: number): string {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return block.toString("latin1", at, end);
}

/** The checksum counts its own field as spaces; some old writers summed signed bytes. */
function verifyChecksum(block: Buffer, offset: number): void {
  let unsigned = 8 * 0x20;
  for (let i = 0; i < 148; i++) unsigned += block[i] ?? 0;
  for (let i = 156; i < BLOCK; i++) unsigned += block[i] ?? 0;
  const stored = parseNumber(block, 148, 8, offset, "checksum");
  if (stored !== unsigned && stored !== unsigned - 256 * highBytes(block)) {
    throw badTar(offset, `header checksum is ${stored} instead of ${unsigned}`);
  }
}

/** Counts the bytes that a signed sum treats as negative, outside the checksum's own field. */
function highBytes(block: Buffer): number {
  let high = 0;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) high += (block[i] ?? 0) >> 7;
  return high;
}

/**
 * Parses a number of a header: octal digits, or base 256 (two's complement) if the first bit is set.
 * @throws BoxError `bad-layer` if it is neither, or too large to be represented exactly
 */
export function parseNumber(block: Buffer, at: number, length: number, offset: number, what: string): number {
  const first = block[at] ?? 0;
  const value = (first & 0x80) !== 0 ? parseBase256(block, at, length) : parseOctal(block, at, length);
  if (!Number.isSafeInteger(value)) {
    throw badTar(offset, `invalid ${what} ${JSON.stringify(block.toString("latin1", at, at + length))}`);
  }
  return value;
}

function parseOctal(block: Buffer, at: number, length: number): number {
  const end = at + length;
  let i = at;
  while (i < end && (block[i] === 0x20 || block[i] === 0)) i++;
  let value = 0;
  for (; i < end; i++) {
    const byte = block[i] ?? 0;
    if (byte === 0x20 || byte === 0) break;
    if (byte < 0x30 || byte > 0x37) return NaN;
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

function parseBase256(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  const negative = (first & 0x40) !== 0;
  const flip = negative ? 0xff : 0;
  let value = (first ^ flip) & 0x7f;
  for (let i = at + 1; i < at + length; i++) value = value * 256 + ((block[i] ?? 0) ^ flip);
  return negative ? -value - 1 : value;
}
