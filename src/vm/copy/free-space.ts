import { BoxError } from "../../errors.js";
import { heldPath } from "../../host/held.js";
import { measureRoom } from "../../oci/store/room.js";

/** The disk's free space is looked at each time this many bytes have been counted. */
const CHECK_BYTES = 4 * 2 ** 20;

/**
 * Ends a copy before it fills the disk: others live on it too. A small copy is left to the kernel.
 * @param shown the destination, for messages
 * @returns counts bytes that come, or have come, into a folder that is held; LEFT are still to come for the same file
 * @throws BoxError disk-full
 */
export function watchFreeSpace(shown: string): (folder: number, bytes: number, left: number) => void {
  let counted = 0;
  return (folder, bytes, left) => {
    counted += bytes;
    if (counted < CHECK_BYTES) return;
    counted = 0;
    const { free, kept } = measureRoom(heldPath(folder));
    if (free - left > kept) return;
    const mb = (amount: number) => `${Math.ceil(amount / 1e6)} MB`;
    throw new BoxError(
      "disk-full",
      `no room on the disk of ${shown}: ${left === 0 ? "" : `${mb(left)} or more are needed, `}${mb(free)} are free, ${mb(kept)} stay so`,
      { hint: "free some space, or copy to a larger disk" },
    );
  };
}
