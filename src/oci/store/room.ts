import { statfsSync } from "node:fs";
import { BoxError } from "../../config/errors.js";

/** Left free for all else that needs the disk, bytes; of small disks, a twentieth. */
const MARGIN = 64 * 2 ** 20;

/**
 * Ends what fills the disk before it is full: others live on it too.
 * @param folder on that disk
 * @param what names the content in messages
 * @param needed bytes that are still to come, as far as is known
 * @throws BoxError disk-full
 */
export function checkRoom(folder: string, what: string, needed = 0): void {
  const { bavail, bsize, blocks } = statfsSync(folder);
  // Some file systems do not tell.
  if (blocks === 0) return;
  const free = bavail * bsize;
  const margin = Math.min(MARGIN, (blocks * bsize) / 20);
  if (free - needed > margin) return;
  const mb = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  const wants = needed === 0 ? "" : `${mb(needed)} or more are needed, `;
  throw new BoxError(
    "disk-full",
    `no room for ${what} on the disk of ${folder}: ${wants}${mb(free)} are free, ${mb(margin)} stay so`,
    { hint: "free some space, or set BOX_HOME to a folder on a larger disk" },
  );
}
