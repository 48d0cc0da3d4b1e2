/** A test's own disk that can be filled to the last byte. Requires root. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "./box.js";

export interface Disk {
  path: string;
  /** Uses up all remaining space except for some pages. */
  fill: (leave?: number) => void;
  /** Releases that space. */
  free: () => void;
  remove: () => void;
}

const PAGE = 4096;

/** Mounts a disk of some MiB, for this user only. */
export function mountDisk(mib: number): Disk {
  const path = mkdtempSync(join(tmpdir(), "box-disk-"));
  const filler = join(path, "filler");
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=700`, "box-disk", path]);
  return {
    path,
    fill: (leave = 0) => {
      const file = openSync(filler, "a");
      try {
        for (const size of [1 << 20, PAGE]) {
          try {
            for (;;) writeSync(file, Buffer.alloc(size, 1));
          } catch {
            // Full, except for less than this.
          }
        }
      } finally {
        closeSync(file);
      }
      truncateSync(filler, Math.max(0, statSync(filler).size - leave * PAGE));
    },
    free: () => writeFileSync(filler, ""),
    remove: () => {
      execFileSync("umount", ["--lazy", path]);
      rmdirSync(path);
    },
  };
}

/** @returns the error line of a command that failed cleanly (one line, possibly with a hint), undefined otherwise */
export function refusal({ code, stdout, stderr }: Result, expected = 125): string | undefined {
  const [first = "", second = "", ...more] = stderr.trim().split("\n");
  const proper =
    code === expected && stdout === "" && more.length === 0 && (second === "" || second.startsWith("hint: "));
  return proper ? first : undefined;
}
