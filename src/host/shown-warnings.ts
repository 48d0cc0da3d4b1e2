import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Home } from "./home.js";
import { temporaryBeside } from "./temporaries.js";

/** Warnings about the host that are shown once per home directory, not for every box. */
export type Topic = "privacy" | "jail";

/** Whether a warning has not been shown in this state yet; from now on, it has. On a full disk, it is shown again. */
export function isNews(home: Home, topic: Topic, state: string): boolean {
  const path = join(home.folder, `shown-${topic}`);
  try {
    if (readFileSync(path, "utf8") === state) return false;
  } catch {
    // It has never been shown.
  }
  const temporary = temporaryBeside(path);
  try {
    writeFileSync(temporary, state, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
  return true;
}
