import { BoxError } from "../../errors.js";

const SECTOR = 512;

/** A file that is a stretch of the disk, from its beginning. */
export interface Extent {
  /** Absolute path on the host. */
  path: string;
  /** A multiple of 512, at least 512. */
  bytes: number;
}

/**
 * The text of a VMDK descriptor (VMware Virtual Disk Format 1.1, "twoGbMaxExtentFlat") that shows files one after the
 * other as one disk. Extents are `RW` because QEMU passes over others; the disk is attached read-only all the same.
 * @throws BoxError `bad-path` for a path that a descriptor cannot hold
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

/** The extents of a descriptor that `vmdkDescriptor` has written. */
export function readExtents(descriptor: string): Extent[] {
  return [...descriptor.matchAll(/^RW (\d+) FLAT "(.*)" 0$/gm)].map(([, sectors, path = ""]) => ({
    path,
    bytes: Number(sectors) * SECTOR,
  }));
}

/** QEMU reads a path of up to 511 bytes between quotes and knows no escape. */
function checkPath(path: string): string {
  if (!path.startsWith("/") || /["\n\r\0]/.test(path) || Buffer.byteLength(path) > 511) {
    throw new BoxError("bad-path", `an image's disk cannot refer to ${JSON.stringify(path)}`, {
      hint: "set BOX_HOME to an absolute path of at most 400 bytes without quotes and line breaks",
    });
  }
  return path;
}
