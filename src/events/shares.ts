import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { temporaryBeside } from "../host/temporaries.js";

/** Returns the ID of the event on a line. The fields are in the order in which `recordEvent` writes them. */
function ownerOf(line: string): string {
  return /,"id":"([^"]*)","attributes":/.exec(line)?.[1] ?? "";
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}

/**
 * Returns the number of bytes that each owner may keep. Owners that want less than an equal share get it, and the others
 * share the rest equally.
 */
export function fairShare(wanted: number[], most: number): number {
  let left = most;
  const sorted = [...wanted].sort((a, b) => a - b);
  for (const [index, bytes] of sorted.entries()) {
    const share = left / (sorted.length - index);
    if (bytes > share) return share;
    left -= bytes;
  }
  return Infinity;
}

/**
 * Merges event files into one of limited size. A box, image or volume with many events loses its own oldest ones, but
 * cannot displace those of others. Lines that are in several files are written once, since two processes may do this at
 * the same time.
 * @param sources oldest first
 */
export function keepShares(sources: string[], target: string, mostBytes: number): void {
  const lines = [...new Set(sources.flatMap(readLines))];
  const owned = new Map<string, number>();
  const sizes = lines.map((line) => ({ owner: ownerOf(line), bytes: Buffer.byteLength(line) + 1 }));
  for (const { owner, bytes } of sizes) owned.set(owner, (owned.get(owner) ?? 0) + bytes);
  const share = fairShare([...owned.values()], mostBytes);
  const kept = lines.filter((_, index) => {
    const { owner, bytes } = sizes[index] ?? { owner: "", bytes: 0 };
    // Oldest first: the bytes of this owner from here to the end.
    const rest = owned.get(owner) ?? 0;
    owned.set(owner, rest - bytes);
    return rest <= share;
  });
  const temporary = temporaryBeside(target);
  writeFileSync(temporary, kept.map((line) => `${line}\n`).join(""), { mode: 0o600 });
  renameSync(temporary, target);
}
