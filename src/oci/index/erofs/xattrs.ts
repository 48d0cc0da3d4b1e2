import { badLayer } from "../bad-layer.js";
import { type Entry, showName } from "../entry.js";
import { roundUp } from "./format.js";

const HEADER_BYTES = 12;
const ENTRY_BYTES = 4;
/** i_xattr_icount counts the area in units of 4 bytes, and has 16 bits. */
const MAX_BYTES = HEADER_BYTES + 4 * 0xfffe;

/** Prefixes that EROFS stores as a number; for ACLs, the prefix is the whole name. */
const PREFIXES: readonly { prefix: string; index: number; whole: boolean }[] = [
  { prefix: "user.", index: 1, whole: false },
  { prefix: "system.posix_acl_access", index: 2, whole: true },
  { prefix: "system.posix_acl_default", index: 3, whole: true },
  { prefix: "trusted.", index: 4, whole: false },
  { prefix: "security.", index: 6, whole: false },
];

/**
 * Returns the inline xattr area of an inode, empty if it has no attributes.
 * @throws BoxError `bad-layer` if an attribute is too large for the format
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

/** Returns i_xattr_icount for an area. */
export function xattrCount(area: Buffer): number {
  return area.length === 0 ? 0 : (area.length - HEADER_BYTES) / 4 + 1;
}

/**
 * Attributes that belong to the machine on which the layer was built (labels) or would control the guest's overlayfs,
 * which other engines drop too; and user.* on files for which Linux does not allow it, because overlayfs could not copy
 * them up.
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
