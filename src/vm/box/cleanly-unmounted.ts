import { open } from "node:fs/promises";
import { errnoOf } from "../../errors.js";

/** Of ext4's superblock (Documentation/filesystems/ext4/super.rst): where it begins, and what of it tells. */
const SUPERBLOCK = 1024;
const MAGIC = { at: 0x38, value: 0xef53 };
/** Bit 0: cleanly unmounted, where there is no journal. */
const STATE = 0x3a;
/** Bit 2: the journal has to be replayed. */
const INCOMPATIBLE = 0x60;

/** Whether the guest that used a writable layer has written all of it back: who was killed has not. */
export async function isCleanlyUnmounted(layer: string): Promise<boolean> {
  const file = await open(layer).catch((error: unknown) => {
    // What cannot be looked at is not thrown away for that.
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
