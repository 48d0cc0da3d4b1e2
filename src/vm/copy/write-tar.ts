const BLOCK = 512;
const NAME_BYTES = 100;

/** Header of an entry. `path` and `target` are bytes as latin1. */
export interface TarMember {
  path: string;
  target?: string;
  /** x: pax records for the next entry. */
  type: "0" | "1" | "2" | "5" | "6" | "x";
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since 1970. */
  mtime: number;
  size: number;
}

/** Zeros that pad a file's content to a full block. */
export const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

export const END_OF_TAR: Buffer = Buffer.alloc(2 * BLOCK);

/** Encodes a header with its checksum. A number that does not fit is 0, since a pax record contains it. */
function block({ path, target = "", type, mode, uid, gid, mtime, size }: TarMember): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (at: number, length: number, value: number) =>
    header.write((value < 8 ** (length - 1) ? value : 0).toString(8).padStart(length - 1, "0"), at, "latin1");
  header.write(path.slice(0, NAME_BYTES), 0, "latin1");
  octal(100, 8, mode);
  octal(108, 8, uid);
  octal(116, 8, gid);
  octal(124, 12, size);
  octal(136, 12, mtime);
  header.write("        ", 148, "latin1");
  header.write(type, 156, "latin1");
  header.write(target.slice(0, NAME_BYTES), 157, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** Encodes `LENGTH KEY=VALUE\n`, where the length includes itself. */
function record(key: string, value: string | number): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length++;
  return `${length}${rest}`;
}

/** Encodes the header of an entry (POSIX ustar), preceded by a pax header for values that do not fit. */
export function tarHeader(member: TarMember): Buffer {
  const { path, target = "", size, uid, gid, mtime } = member;
  const records = [
    path.length > NAME_BYTES ? record("path", path) : "",
    target.length > NAME_BYTES ? record("linkpath", target) : "",
    size >= 8 ** 11 ? record("size", size) : "",
    uid >= 8 ** 7 ? record("uid", uid) : "",
    gid >= 8 ** 7 ? record("gid", gid) : "",
    mtime >= 8 ** 11 ? record("mtime", mtime) : "",
  ].join("");
  if (records === "") return block(member);
  const pax = { path: "PaxHeaders/x", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: records.length };
  return Buffer.concat([
    block({ ...pax, type: "x" }),
    Buffer.from(records, "latin1"),
    padding(records.length),
    block(member),
  ]);
}
