import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** Where box keeps what lasts: `$BOX_HOME`, else `$XDG_DATA_HOME/box`, else `~/.local/share/box`. */
export function boxHome(): string {
  const { BOX_HOME, XDG_DATA_HOME } = process.env;
  if (BOX_HOME) return BOX_HOME;
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "box");
}

/** The user's settings: `$BOX_SETTINGS`, else `$XDG_CONFIG_HOME/box/settings.yaml`, else `~/.config/box/settings.yaml`. */
export function settingsFile(): string {
  const { BOX_SETTINGS, XDG_CONFIG_HOME } = process.env;
  if (BOX_SETTINGS) return BOX_SETTINGS;
  return join(XDG_CONFIG_HOME || join(homedir(), ".config"), "box", "settings.yaml");
}

/**
 * Where sockets live. Kept short: the path of a Unix socket has at most 107 bytes (unix(7)).
 * `$BOX_RUNTIME`, else `$XDG_RUNTIME_DIR/box`, else `/tmp/box-UID`.
 */
export function boxRuntime(): string {
  const { BOX_RUNTIME, XDG_RUNTIME_DIR } = process.env;
  if (BOX_RUNTIME) return BOX_RUNTIME;
  if (XDG_RUNTIME_DIR) return join(XDG_RUNTIME_DIR, "box");
  return join(tmpdir(), `box-${process.getuid?.() ?? 0}`);
}

/** The store of images of a box that was made without the cache; it goes with the box. */
export function uncachedFolder(id: string): string {
  return join(boxHome(), "uncached", id);
}
