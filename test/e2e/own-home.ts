import { rmSync } from "node:fs";
import { expect } from "vitest";
import { box } from "./box.js";
import { BUSYBOX } from "./images.js";

/** Puts the smallest image into a BOX_HOME of a test's own, an empty folder. */
export async function fillHome(folder: string): Promise<void> {
  const archive = `${folder}.tar`;
  try {
    expect((await box(["save", "-o", archive, BUSYBOX])).code).toBe(0);
    expect((await box(["load", "-q", "-i", archive], { env: { BOX_HOME: folder } })).code).toBe(0);
  } finally {
    rmSync(archive, { force: true });
  }
}
