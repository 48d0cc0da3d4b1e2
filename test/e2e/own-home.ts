import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { box } from "./box.js";
import { BUSYBOX } from "./images.js";

/** Lets box keep all that it has in a folder of a test's own. */
export function homeIn(folder: string): NodeJS.ProcessEnv {
  return {
    BOX_HOME: join(folder, "home"),
    BOX_RUNTIME: join(folder, "run"),
    BOX_SETTINGS: join(folder, "settings.yaml"),
  };
}

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
