import { closeSync } from "node:fs";

/** How long a start may keep others waiting, in milliseconds: several times as long as any that does not hang. */
const MOST_MS = 10_000;

/**
 * Holds the slot for the start of this monitor's VM (native/vmm/slot.c).
 * @returns a function that releases it; it is also released after a while, and by the end of this process
 */
export function holdSlot(descriptor: number): () => void {
  let held = true;
  const release = () => {
    if (held) closeSync(descriptor);
    held = false;
  };
  setTimeout(release, MOST_MS).unref();
  return release;
}
