import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

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
  return { folder: resolve(folder), env: withAbsolute(env) };
}

/** Variables that say where box finds something; others are those of the programs that it starts. */
const PATHS = ["BOX_RUNTIME", "XDG_RUNTIME_DIR", "BOX_SETTINGS", "XDG_CONFIG_HOME"] as const;

/** Relative paths begin where the process is when it opens the home, wherever it goes then. */
function withAbsolute(env: Readonly<NodeJS.ProcessEnv>): Readonly<NodeJS.ProcessEnv> {
  const relative = PATHS.flatMap((name) => {
    const path = env[name];
    return path && !isAbsolute(path) ? [[name, resolve(path)] as const] : [];
  });
  return relative.length === 0 ? env : { ...env, ...Object.fromEntries(relative) };
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
