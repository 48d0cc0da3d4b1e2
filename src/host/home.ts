import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What one engine works on. Nothing below the doors reads this process's own environment. */
export interface Home {
  /** Absolute path of the folder that holds whatever lasts (docs/on-disk.md). */
  folder: string;
  /** Of whoever opened it: says where sockets, settings and helper programs are. */
  env: Readonly<NodeJS.ProcessEnv>;
}

/** The home that an environment names: `$BOX_HOME`, else `$XDG_DATA_HOME/box`, else `~/.local/share/box`. */
export function homeOf(env: Readonly<NodeJS.ProcessEnv>): Home {
  const { BOX_HOME, XDG_DATA_HOME } = env;
  const folder = BOX_HOME || join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "box");
  return { folder: resolve(folder), env };
}

/** The user's settings: `$BOX_SETTINGS`, else `$XDG_CONFIG_HOME/box/settings.yaml`, else `~/.config/box/settings.yaml`. */
export function settingsFile({ env }: Home): string {
  const { BOX_SETTINGS, XDG_CONFIG_HOME } = env;
  if (BOX_SETTINGS) return BOX_SETTINGS;
  return join(XDG_CONFIG_HOME || join(homedir(), ".config"), "box", "settings.yaml");
}

/** The store of images of a box that was made without the cache; it goes with the box. */
export function uncachedFolder(home: Home, id: string): string {
  return join(home.folder, "uncached", id);
}
