/** Writes tars for tests: every header field as given, independent of any file system. Names are latin1 strings. */
export interface Member {
  path: string;
  /** Type character of the header. */
  type: string;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  mtimeNanoseconds?: number;
  linkTarget?: string;
  major?: number;
  minor?: number;
  xattrs?: Record<string, Buffer>;
  data?: Buffer;
  /** A sparse file of this size; `data` contains its segments one after another. Written as GNU.sparse 1.0. */
  sparse?: { size: number; segments: { offset: number; length: number }[] };
  /** Further pax records, latin1. */
  pax?: Record<string, string>;
}

const BLOCK = 512;

export function writeTar(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(writeMember), Buffer.alloc(2 * BLOCK)]);
}

export function writeMember(member: Member): Buffer {
  const map = member.sparse === undefined ? Buffer.alloc(0) : sparseMap(member.sparse.segments);
  const data = Buffer.concat([map, member.data ?? Buffer.alloc(0)]);
  const records = paxRecords(member);
  const parts = [];
  if (records.length > 0) {
    parts.push(header({ path: "PaxHeaders/x", type: "x" }, records.length), pad(records));
  }
  parts.push(header(member, data.length), pad(data));
  return Buffer.concat(parts);
}

/** Encodes a single ustar header; values that do not fit are truncated, because a pax record has them. */
export function header(member: Member, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(member.path.slice(0, 100), 0, "latin1");
  octal(block, 100, 8, member.mode ?? 0o644);
  octal(block, 108, 8, fits(member.uid ?? 0, 7));
  octal(block, 116, 8, fits(member.gid ?? 0, 7));
  octal(block, 124, 12, fits(size, 11));
  octal(block, 136, 12, fits(Math.max(0, member.mtime ?? 0), 11));
  block.write(member.type, 156, "latin1");
  block.write((member.linkTarget ?? "").slice(0, 100), 157, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  octal(block, 329, 8, member.major ?? 0);
  octal(block, 337, 8, member.minor ?? 0);
  return withChecksum(block);
}

export function withChecksum(block: Buffer): Buffer {
  block.fill(" ", 148, 156);
  let sum = 0;
  // A million headers take seconds with reduce().
  for (let at = 0; at < block.length; at++) sum += block[at] ?? 0;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function fits(value: number, digits: number): number {
  return value < 8 ** digits ? value : 0;
}

function octal(block: Buffer, at: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
}

function pad(data: Buffer): Buffer {
  return Buffer.concat([data], Math.ceil(data.length / BLOCK) * BLOCK);
}

function sparseMap(segments: readonly { offset: number; length: number }[]): Buffer {
  const numbers = [segments.length, ...segments.flatMap(({ offset, length }) => [offset, length])];
  return pad(Buffer.from(numbers.map((number) => `${number}\n`).join("")));
}

function paxRecords(member: Member): Buffer {
  const {
    path,
    linkTarget = "",
    uid = 0,
    gid = 0,
    mtime = 0,
    mtimeNanoseconds = 0,
    xattrs = {},
    sparse,
  } = member;
  const records: Record<string, string> = { ...member.pax };
  if (path.length > 100) records["path"] = path;
  if (linkTarget.length > 100) records["linkpath"] = linkTarget;
  if (uid >= 8 ** 7) records["uid"] = `${uid}`;
  if (gid >= 8 ** 7) records["gid"] = `${gid}`;
  if (mtimeNanoseconds > 0 || mtime < 0) {
    const negative = mtime < 0 && mtimeNanoseconds > 0;
    const whole = negative ? -mtime - 1 : mtime;
    const fraction = negative ? 1e9 - mtimeNanoseconds : mtimeNanoseconds;
    records["mtime"] = `${negative ? "-" : ""}${whole}.${`${fraction}`.padStart(9, "0")}`;
  }
  for (const [name, value] of Object.entries(xattrs))
    records[`SCHILY.xattr.${name}`] = value.toString("latin1");
  if (sparse !== undefined) {
    records["GNU.sparse.major"] = "1";
    records["GNU.sparse.minor"] = "0";
    records["GNU.sparse.name"] = path;
    records["GNU.sparse.realsize"] = `${sparse.size}`;
  }
  return Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length++;
  return Buffer.from(`${length}${rest}`, "latin1");
}
