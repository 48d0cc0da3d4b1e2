import { badTar } from "./bad-layer.js";
import type { Segment } from "./entry.js";
import { SPARSE_MAP, type PaxRecords, paxNumber } from "./pax.js";
import { BLOCK, parseNumber } from "./tar-header.js";
import { counted } from "../../config/syntax/counted.js";

/** Positions of the data in a sparse file: offset, length, offset, length, … in bytes. */
export type SparseMap = number[];

/** Maximum count of numbers in a map of any format; 1 MiB of text or headers cannot hold more useful ones. */
const MAX_NUMBERS = 131_072;

/**
 * Reads the pairs of an old GNU sparse header (4, at byte 386) or of an extension block (21, at byte 0) into `map`.
 * @returns whether an extension block follows
 * @throws BoxError `bad-layer`
 */
export function readGnuSparse(
  block: Buffer,
  kind: "header" | "extension",
  offset: number,
  map: SparseMap,
): boolean {
  const [start, pairs, more] = kind === "header" ? [386, 4, 482] : [0, 21, 504];
  for (let i = 0; i < pairs; i++) {
    const at = start + i * 24;
    // An empty pair ends the list, regardless of the extension flag; GNU and BSD tar agree.
    if (block[at] === 0) break;
    map.push(parseNumber(block, at, 12, offset, "sparse offset"));
    map.push(parseNumber(block, at + 12, 12, offset, "sparse length"));
  }
  if (map.length > MAX_NUMBERS) throw badTar(offset, "too many sparse map entries");
  return block[more] !== 0;
}

/** Returns the size of a sparse file from an old GNU header. */
export function gnuRealSize(block: Buffer, offset: number): number {
  return parseNumber(block, 483, 12, offset, "real size");
}

/** GNU.sparse 0.0 and 0.1: the map is in the pax header. @throws BoxError `bad-layer` */
export function readPaxSparse(records: PaxRecords, offset: number): SparseMap {
  const text = records.get(SPARSE_MAP) ?? "";
  if (text === "") return [];
  const map = text.split(",").map((number) => paxNumber(number, SPARSE_MAP, offset));
  if (map.length % 2 !== 0 || map.length > MAX_NUMBERS) throw badTar(offset, "malformed sparse map");
  return map;
}

/** GNU.sparse 1.0: the map precedes the data, as decimal lines in whole blocks, which are pushed one by one. */
export interface SparseTextReader {
  /** @returns the map once it is complete. @throws BoxError `bad-layer` */
  push(block: Buffer): SparseMap | undefined;
}

export function sparseTextReader(offset: number): SparseTextReader {
  const numbers: number[] = [];
  let partial = "";
  let blocks = 0;
  return {
    push(block) {
      if (++blocks > 2048) throw badTar(offset, "sparse map is larger than 1 MiB");
      const lines = (partial + block.toString("latin1", 0, BLOCK)).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) {
        if (complete()) break;
        numbers.push(paxNumber(line, "sparse map", offset));
        if ((numbers[0] ?? 0) < 0 || (numbers[0] ?? 0) * 2 > MAX_NUMBERS) {
          throw badTar(offset, `invalid number of sparse map entries: ${numbers[0] ?? 0}`);
        }
      }
      return complete() ? numbers.slice(1) : undefined;
    },
  };
  function complete(): boolean {
    return numbers.length > 0 && numbers.length === 1 + 2 * (numbers[0] ?? 0);
  }
}

/**
 * Validates a map against the file and the tar, and converts it to segments.
 * @param size of the file in bytes, including holes
 * @param dataOffset offset in the tar at which the packed data begins
 * @param dataBytes size of the data in the tar
 * @throws BoxError `bad-layer`
 */
export function sparseSegments(
  map: SparseMap,
  size: number,
  dataOffset: number,
  dataBytes: number,
): Segment[] {
  const segments: Segment[] = [];
  let tarOffset = dataOffset;
  let end = 0;
  for (let i = 0; i + 1 < map.length; i += 2) {
    const [fileOffset = 0, length = 0] = map.slice(i, i + 2);
    if (fileOffset < end || length < 0 || fileOffset + length > size) {
      throw badTar(
        dataOffset,
        `sparse segment ${fileOffset}+${length} overlaps another or exceeds the file size of ${counted(size, "byte")}`,
      );
    }
    if (length > 0) segments.push({ fileOffset, tarOffset, length });
    tarOffset += length;
    end = fileOffset + length;
  }
  if (tarOffset - dataOffset !== dataBytes) {
    throw badTar(
      dataOffset,
      `sparse map describes ${counted(tarOffset - dataOffset, "byte")} of data, but the tar has ${dataBytes}`,
    );
  }
  return segments;
}
