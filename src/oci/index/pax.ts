import type { Xattr } from "./entry.js";
import { badTar } from "./bad-layer.js";

/**
 * Records of a pax extended header: keyword → value, both latin1 strings (POSIX.1-2001 pax, "pax Extended Header").
 *
 * Does not use the `tar` package's Pax class, which drops every SCHILY.xattr record, splits at newlines (binary values
 * contain them), decodes as UTF-8 and stores times as milliseconds.
 */
export type PaxRecords = Map<string, string>;

/** GNU.sparse 0.0 repeats two keywords for every segment; they are collected under the keyword that 0.1 uses. */
export const SPARSE_MAP = "GNU.sparse.map";
const XATTR = "SCHILY.xattr.";
const NAMES = new Set(["path", "linkpath", "GNU.sparse.name"]);
const USED = new Set(["path", "linkpath", "size", "uid", "gid", "mtime"]);

/** Other keywords are dropped: a flood of them would cost memory for every entry. */
function isUsed(key: string): boolean {
  return USED.has(key) || key.startsWith(XATTR) || key.startsWith("GNU.sparse.");
}

/**
 * @param offset of the data in the tar, used in messages
 * @throws BoxError `bad-layer`
 */
export function parsePax(data: Buffer, offset: number): PaxRecords {
  const records: PaxRecords = new Map();
  const sparse: string[] = [];
  let at = 0;
  // Some writers include padding NULs in the size.
  while (at < data.length && data[at] !== 0) {
    const space = data.indexOf(0x20, at);
    const digits = space < 0 || space - at > 10 ? "" : data.toString("latin1", at, space);
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = data.indexOf(0x3d, space);
    if (length === 0 || end > data.length || equals <= space + 1 || equals >= end || data[end - 1] !== 0x0a) {
      throw badTar(offset + at, "malformed pax record");
    }
    const key = data.toString("latin1", space + 1, equals);
    const value = data.toString("latin1", equals + 1, end - 1);
    at = end;
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") {
      if ((key === "GNU.sparse.offset") !== (sparse.length % 2 === 0)) {
        throw badTar(offset, "GNU.sparse.offset and GNU.sparse.numbytes do not alternate");
      }
      sparse.push(value);
    } else {
      if ((NAMES.has(key) && value.includes("\0")) || key.includes("\0")) {
        throw badTar(offset, `pax record ${show(key)} contains a NUL`);
      }
      if (isUsed(key)) records.set(key, value);
    }
  }
  if (sparse.length > 0) records.set(SPARSE_MAP, sparse.join(","));
  return records;
}

/** Returns the records of an entry: its own override the global ones, and an empty value deletes a keyword (POSIX). */
export function mergePax(global: PaxRecords, own: PaxRecords | undefined): PaxRecords {
  if (own === undefined) return global;
  const merged = new Map(global);
  for (const [key, value] of own) {
    if (value === "") merged.delete(key);
    else merged.set(key, value);
  }
  return merged;
}

/**
 * Returns the extended attributes among the records. Ignores LIBARCHIVE.xattr.*: its writer always adds the SCHILY
 * form, which is the only one that other container engines read.
 */
export function paxXattrs(records: PaxRecords): Xattr[] {
  const xattrs: Xattr[] = [];
  for (const [key, value] of records) {
    if (key.startsWith(XATTR) && key.length > XATTR.length && value !== "") {
      xattrs.push({ name: key.slice(XATTR.length), value: Buffer.from(value, "latin1") });
    }
  }
  return xattrs;
}

/** Parses a decimal integer of a record. @throws BoxError `bad-layer` */
export function paxNumber(value: string, key: string, offset: number): number {
  const number = /^-?[0-9]{1,16}$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number)) throw badTar(offset, `invalid pax ${key} ${show(value)}`);
  return number;
}

/** Parses seconds with an optional fraction into whole seconds and nanoseconds. @throws BoxError `bad-layer` */
export function paxTime(value: string, offset: number): { seconds: number; nanoseconds: number } {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(value) ?? [];
  if (whole === "") throw badTar(offset, `invalid pax mtime ${show(value)}`);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, "0"));
  if (sign === "") return { seconds: Number(whole), nanoseconds };
  if (nanoseconds === 0) return { seconds: 0 - Number(whole), nanoseconds };
  return { seconds: -Number(whole) - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

function show(value: string): string {
  return JSON.stringify(value.slice(0, 40));
}
