import { BoxError } from "../../errors.js";
import { heldPath } from "../../host/held.js";
import { measureSpace } from "../../oci/store/space.js";

/** The disk's free space is checked every time this many bytes have been counted. */
const CHECK_BYTES = 4 * 2 ** 20;

/**
 * Aborts a copy before it fills the disk, which others use too. Small copies are not checked.
 * @param shown the destination, for messages
 * @returns a function that counts bytes written, or about to be written, to a held directory, of which `left` bytes are
 *   still to come for the same file
 * @throws BoxError disk-full
 */
export function watchFreeSpace(shown: string): (folder: number, bytes: number, left: number) => void {
  let counted = 0;
  return (folder, bytes, left) => {
    counted += bytes;
    if (counted < CHECK_BYTES) return;
    counted = 0;
    const { free, kept } = measureSpace(heldPath(folder));
    if (free - left > kept) return;
    const mb = (amount: number) => `${Math.ceil(amount / 1e6)} MB`;
    throw new BoxError(
      "disk-full",
      `no space left on the disk of ${shown}: ${left === 0 ? "" : `at least ${mb(left)} needed, `}${mb(free)} free, of which ${mb(kept)} are reserved`,
      { hint: "free some space, or copy to a larger disk" },
    );
  };
}
