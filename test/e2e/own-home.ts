import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { box } from "./box.js";
import { BUSYBOX } from "./images.js";

/** Returns an environment that keeps all of box's files in a directory of the test. */
export function homeIn(folder: string): NodeJS.ProcessEnv {
  return {
    BOX_HOME: join(folder, "home"),
    BOX_RUNTIME: join(folder, "run"),
    BOX_SETTINGS: join(folder, "settings.yaml"),
  };
}

/** Puts the smallest image into a test's own BOX_HOME, an empty directory. */
export async function fillHome(folder: string): Promise<void> {
  const archive = `${folder}.tar`;
  try {
    expect((await box(["save", "-o", archive, BUSYBOX])).code).toBe(0);
    expect((await box(["load", "-q", "-i", archive], { env: { BOX_HOME: folder } })).code).toBe(0);
  } finally {
    rmSync(archive, { force: true });
  }
}
