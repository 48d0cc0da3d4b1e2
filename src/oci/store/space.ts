import { statfsSync } from "node:fs";
import { BoxError } from "../../errors.js";

/** Space left free for other users of the disk, in bytes; a twentieth on small disks. */
const MARGIN = 64 * 2 ** 20;

/** Returns the free space on a directory's disk, and how much of it is reserved for others, in bytes. */
export function measureSpace(folder: string): { free: number; kept: number } {
  const { bavail, bsize, blocks } = statfsSync(folder);
  // Some file systems do not report it.
  if (blocks === 0) return { free: Infinity, kept: 0 };
  return { free: bavail * bsize, kept: Math.min(MARGIN, (blocks * bsize) / 20) };
}

/** Returns how much space on a directory's disk is reserved for others, in bytes. */
export function reservedSpace(folder: string): number {
  return Math.floor(measureSpace(folder).kept);
}

/**
 * @param folder directory on the disk
 * @param what name of the content in messages
 * @param needed bytes still to come, if known
 */
export function noSpace(folder: string, what: string, needed = 0): BoxError {
  const { free, kept } = measureSpace(folder);
  const mb = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  const wanted = needed === 0 ? "" : `at least ${mb(needed)} needed, `;
  return new BoxError(
    "disk-full",
    `no space left on the disk of ${folder} for ${what}: ${wanted}${mb(free)} free, of which ${mb(kept)} are reserved`,
    { hint: "free some space, or set BOX_HOME to a directory on a larger disk" },
  );
}

/**
 * Refuses to fill the disk, which others use too.
 * @param needed bytes still to come, if known
 * @throws BoxError disk-full
 */
export function checkSpace(folder: string, what: string, needed = 0): void {
  const { free, kept } = measureSpace(folder);
  if (free - needed <= kept) throw noSpace(folder, what, needed);
}
