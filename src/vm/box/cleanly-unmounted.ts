import { open } from "node:fs/promises";
import { errnoOf } from "../../errors.js";

/** Offset of ext4's superblock, and of fields in it (Documentation/filesystems/ext4/super.rst). */
const SUPERBLOCK = 1024;
const MAGIC = { at: 0x38, value: 0xef53 };
/** Bit 0: cleanly unmounted (meaningful without a journal). */
const STATE = 0x3a;
/** Bit 2: the journal must be replayed. */
const INCOMPATIBLE = 0x60;

/** Whether a writable layer was unmounted cleanly by its guest, and so is complete. It is not if the guest was killed. */
export async function isCleanlyUnmounted(layer: string): Promise<boolean> {
  const file = await open(layer).catch((error: unknown) => {
    // A layer that cannot be read must not be removed for that.
    if (errnoOf(error) !== "ENOENT") throw error;
    return undefined;
  });
  if (!file) return false;
  try {
    const block = Buffer.alloc(INCOMPATIBLE + 4);
    await file.read(block, 0, block.length, SUPERBLOCK);
    return (
      block.readUInt16LE(MAGIC.at) === MAGIC.value &&
      (block.readUInt16LE(STATE) & 1) !== 0 &&
      (block.readUInt32LE(INCOMPATIBLE) & 4) === 0
    );
  } finally {
    await file.close();
  }
}
