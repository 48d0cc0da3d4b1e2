import { badLayer } from "../bad-layer.js";
import { type Entry, showName } from "../entry.js";
import { roundUp } from "./format.js";

const HEADER_BYTES = 12;
const ENTRY_BYTES = 4;
/** i_xattr_icount counts the area in units of 4 bytes, in 16 bits. */
const MAX_BYTES = HEADER_BYTES + 4 * 0xfffe;

/** Prefixes that EROFS stores as a number; the ACLs' names are all prefix. */
const PREFIXES: readonly { prefix: string; index: number; whole: boolean }[] = [
  { prefix: "user.", index: 1, whole: false },
  { prefix: "system.posix_acl_access", index: 2, whole: true },
  { prefix: "system.posix_acl_default", index: 3, whole: true },
  { prefix: "trusted.", index: 4, whole: false },
  { prefix: "security.", index: 6, whole: false },
];

/**
 * The inline xattr area of an inode, empty when it has none.
 * @throws BoxError `bad-layer` when an attribute is larger than the format can hold
 */
export function xattrArea(entry: Entry): Buffer {
  const parts: Buffer[] = [];
  let bytes = HEADER_BYTES;
  for (const { name, value } of entry.xattrs) {
    const known = PREFIXES.find(({ prefix, whole }) => (whole ? name === prefix : name.startsWith(prefix)));
    if (known === undefined || isUnwanted(name, entry)) continue;
    const rest = name.slice(known.prefix.length);
    if (rest.length > 255 || value.length > 0xffff) throw tooLarge(entry, name);
    const part = Buffer.alloc(roundUp(ENTRY_BYTES + rest.length + value.length, 4));
    part[0] = rest.length;
    part[1] = known.index;
    part.writeUInt16LE(value.length, 2);
    part.write(rest, ENTRY_BYTES, "latin1");
    value.copy(part, ENTRY_BYTES + rest.length);
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_BYTES) throw tooLarge(entry, name);
  }
  return parts.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.alloc(HEADER_BYTES), ...parts]);
}

/** i_xattr_icount of an area. */
export function xattrCount(area: Buffer): number {
  return area.length === 0 ? 0 : (area.length - HEADER_BYTES) / 4 + 1;
}

/**
 * What belongs to the machine that made the layer (labels) or would steer the guest's overlayfs, as other engines drop
 * it too; and user.* where Linux allows none, because overlayfs could then not copy the file up.
 */
function isUnwanted(name: string, { type }: Entry): boolean {
  return (
    name === "security.selinux" ||
    name.startsWith("trusted.overlay.") ||
    (name.startsWith("user.") && type !== "file" && type !== "directory")
  );
}

function tooLarge({ path }: Entry, name: string) {
  return badLayer(`extended attribute ${showName(name)} of ${showName(path)} is too large`);
}
