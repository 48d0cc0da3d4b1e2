import { watch } from "node:fs";

/** Polling interval if the host has no inotify watches left. */
const LOOK_MS = 200;

/**
 * Calls `onChange` when something in a directory has changed, or may have.
 * @returns a function that stops watching
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
