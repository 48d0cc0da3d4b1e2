import { readFile, rename, writeFile } from "node:fs/promises";
import { appendDisk } from "../../oci/index/vmdk.js";
import { boxFiles } from "./files.js";
import type { BoxRecord } from "./record.js";

/** The images of a box: its own and its sidecar's. */
export function imagesOf({ image, sidecar }: Pick<BoxRecord, "image" | "sidecar">): BoxRecord["image"][] {
  return sidecar ? [image, sidecar.image] : [image];
}

/** Combines the disks of two images. @throws BoxError bad-path, the system's error */
export async function joinDisks(first: string, second: string): Promise<ReturnType<typeof appendDisk>> {
  return appendDisk(...(await Promise.all([readFile(first, "utf8"), readFile(second, "utf8")])));
}

/**
 * Returns the image disk of a box. A sidecar has no disk of its own, because virtual machines have only a few slots: its
 * image follows that of the box.
 */
export async function imageDiskOf(folder: string, { image, sidecar }: BoxRecord): Promise<string> {
  if (!sidecar) return image.disk;
  const { imageDisk } = boxFiles(folder);
  const { descriptor } = await joinDisks(image.disk, sidecar.image.disk);
  await writeFile(`${imageDisk}.new`, descriptor, { mode: 0o600 });
  await rename(`${imageDisk}.new`, imageDisk);
  return imageDisk;
}
