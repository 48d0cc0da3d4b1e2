import { encodePath } from "./path-text.js";
import { FileFlag, FileKind } from "./table.js";

const KINDS = {
  stat: FileKind.STAT,
  list: FileKind.LIST,
  mkdir: FileKind.MKDIR,
  remove: FileKind.REMOVE,
  rename: FileKind.RENAME,
  "read-file": FileKind.READ,
  "write-file": FileKind.WRITE,
  watch: FileKind.WATCH,
} as const;

/** What a session of the agent's own does with one file or folder. */
export interface FileRequest {
  kind: keyof typeof KINDS;
  /** From the root, without a slash at its end, empty parts, `.` and `..`. */
  path: string;
  /** rename: the new name, as `path`. */
  to?: string;
  /** stat: a link at the end of the path is followed. */
  follow?: boolean;
  /** mkdir: folders on the way are made, and one that is there is none too many. */
  parents?: boolean;
  /** remove, watch: with all that is below. */
  recursive?: boolean;
  /** write-file: adds to what is there. */
  append?: boolean;
  /** Of what is made. */
  mode?: number;
  /** read-file: from here on, so many bytes at most. */
  offset?: number;
  length?: number;
}

export const isFileRequest = <T extends { kind: string }>(value: T): value is Extract<T, FileRequest> =>
  Object.hasOwn(KINDS, value.kind);

export const FILE_KINDS = Object.keys(KINDS) as FileRequest["kind"][];

const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** The value of a FILE record. */
export function encodeFile(request: FileRequest): Buffer {
  const { kind, path, to = "", mode, offset = 0, length } = request;
  const flags =
    (request.follow ? FileFlag.FOLLOW : 0) |
    (request.parents ? FileFlag.PARENTS : 0) |
    (request.recursive ? FileFlag.RECURSIVE : 0) |
    (request.append ? FileFlag.APPEND : 0) |
    (mode === undefined ? 0 : FileFlag.MODE);
  const head = Buffer.alloc(22);
  head.writeUInt8(KINDS[kind], 0);
  head.writeUInt8(flags, 1);
  head.writeUInt32LE(mode ?? 0, 2);
  head.writeBigUInt64LE(BigInt(offset), 6);
  head.writeBigUInt64LE(length === undefined ? UNLIMITED : BigInt(length), 14);
  return Buffer.concat([head, encodePath(path), Buffer.of(0), encodePath(to)]);
}
