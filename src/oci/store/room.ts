import { statfsSync } from "node:fs";
import { BoxError } from "../../errors.js";

/** Left free for all else that needs the disk, bytes; of small disks, a twentieth. */
const MARGIN = 64 * 2 ** 20;

/** Bytes that are free on a folder's disk, and how many of them are not to be used. */
export function measureRoom(folder: string): { free: number; kept: number } {
  const { bavail, bsize, blocks } = statfsSync(folder);
  // Some file systems do not tell.
  if (blocks === 0) return { free: Infinity, kept: 0 };
  return { free: bavail * bsize, kept: Math.min(MARGIN, (blocks * bsize) / 20) };
}

/** How many bytes of a folder's disk are not to be used. */
export function keptFree(folder: string): number {
  return Math.floor(measureRoom(folder).kept);
}

/** @param folder on that disk @param what names the content in messages @param needed bytes still to come, if known */
export function noRoom(folder: string, what: string, needed = 0): BoxError {
  const { free, kept } = measureRoom(folder);
  const mb = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  const wants = needed === 0 ? "" : `${mb(needed)} or more are needed, `;
  return new BoxError(
    "disk-full",
    `no room for ${what} on the disk of ${folder}: ${wants}${mb(free)} are free, ${mb(kept)} stay so`,
    { hint: "free some space, or set BOX_HOME to a folder on a larger disk" },
  );
}

/**
 * Ends what fills the disk before it is full: others live on it too.
 * @param needed bytes that are still to come, as far as is known
 * @throws BoxError disk-full
 */
export function checkRoom(folder: string, what: string, needed = 0): void {
  const { free, kept } = measureRoom(folder);
  if (free - needed <= kept) throw noRoom(folder, what, needed);
}
