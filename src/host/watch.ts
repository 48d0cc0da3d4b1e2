import { watch } from "node:fs";

/** How often a folder is looked at where the host has no watch left for it. */
const LOOK_MS = 200;

/**
 * Calls when something in a folder has changed, or may have.
 * @returns ends it
 */
export function watchFolder(folder: string, onChange: (name: string | null) => void): () => void {
  try {
    const watcher = watch(folder, (_, name) => onChange(name));
    watcher.on("error", () => undefined);
    return () => watcher.close();
  } catch {
    const timer = setInterval(onChange, LOOK_MS, null);
    return () => clearInterval(timer);
  }
}
