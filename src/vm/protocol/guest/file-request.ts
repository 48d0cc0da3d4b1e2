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

/** An operation on one file or directory, performed by an agent session. */
export interface FileRequest {
  kind: keyof typeof KINDS;
  /** Absolute, without a trailing slash, empty components, `.` or `..`. */
  path: string;
  /** rename: the new path, in the same form as `path`. */
  to?: string;
  /** stat: follow a link at the end of the path. */
  follow?: boolean;
  /** mkdir: create missing parent directories, and accept an existing directory. */
  parents?: boolean;
  /** remove, watch: include everything below. */
  recursive?: boolean;
  /** write-file: append to the existing content. */
  append?: boolean;
  /** Mode of the created file or directory. */
  mode?: number;
  /** read-file: byte offset to start at, and maximum number of bytes. */
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
