import { BoxError } from "../../errors.js";

const SECTOR = 512;

/** A file that is one part of the disk, starting at the beginning of the file. */
export interface Extent {
  /** Absolute path on the host. */
  path: string;
  /** Size in bytes, a multiple of 512, at least 512. */
  bytes: number;
}

/**
 * Returns the text of a VMDK descriptor (VMware Virtual Disk Format 1.1, "twoGbMaxExtentFlat") that concatenates files
 * into one disk. Extents are `RW` because QEMU ignores others; the disk is attached read-only nevertheless.
 * @throws BoxError `bad-path` for a path that a descriptor cannot contain
 */
export function vmdkDescriptor(extents: readonly Extent[]): string {
  const sectors = extents.reduce((sum, { bytes }) => sum + bytes / SECTOR, 0);
  return [
    "# Disk DescriptorFile",
    "version=1",
    "CID=fffffffe",
    "parentCID=ffffffff",
    'createType="twoGbMaxExtentFlat"',
    "",
    "# Extent description",
    ...extents.map(({ path, bytes }) => `RW ${bytes / SECTOR} FLAT "${checkPath(path)}" 0`),
    "",
    "# The Disk Data Base",
    "#DDB",
    "",
    'ddb.virtualHWVersion = "4"',
    `ddb.geometry.cylinders = "${Math.min(16_383, Math.ceil(sectors / (16 * 63)))}"`,
    'ddb.geometry.heads = "16"',
    'ddb.geometry.sectors = "63"',
    'ddb.adapterType = "ide"',
    "",
  ].join("\n");
}

/** Returns the extents of a descriptor written by `vmdkDescriptor`. */
export function readExtents(descriptor: string): Extent[] {
  return [...descriptor.matchAll(/^RW (\d+) FLAT "(.*)" 0$/gm)].map(([, sectors, path = ""]) => ({
    path,
    bytes: Number(sectors) * SECTOR,
  }));
}

/** Returns the descriptor of a disk with the extents of both disks, and where the second begins, in bytes. */
export function appendDisk(first: string, second: string): { descriptor: string; offset: number } {
  const extents = readExtents(first);
  return {
    descriptor: vmdkDescriptor([...extents, ...readExtents(second)]),
    offset: extents.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** QEMU reads a quoted path of up to 511 bytes, and has no escape sequences. */
function checkPath(path: string): string {
  if (!path.startsWith("/") || /["\n\r\0]/.test(path) || Buffer.byteLength(path) > 511) {
    throw new BoxError("bad-path", `cannot use the path ${JSON.stringify(path)} in an image's disk`, {
      hint: "set BOX_HOME to an absolute path of at most 400 bytes without quotes or line breaks",
    });
  }
  return path;
}
