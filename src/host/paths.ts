import { homedir } from "node:os";
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

/** The store of images of a box that was made without the cache; it goes with the box. */
export function uncachedFolder(id: string): string {
  return join(boxHome(), "uncached", id);
}
