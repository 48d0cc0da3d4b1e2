import { homedir } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";

/** The data and environment that an engine works on. No code below the doors reads this process's own environment. */
export interface Home {
  /** Absolute path of the directory with all persistent data (docs/on-disk.md). */
  folder: string;
  /** Environment of the caller that opened it, which determines where sockets, settings and helper programs are. */
  env: Readonly<NodeJS.ProcessEnv>;
}

/** Returns the home for an environment: `$BOX_HOME`, else `$XDG_DATA_HOME/box`, else `~/.local/share/box`. */
export function homeOf(env: Readonly<NodeJS.ProcessEnv>): Home {
  const { BOX_HOME, XDG_DATA_HOME } = env;
  const folder = BOX_HOME || join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "box");
  return { folder: resolve(folder), env: withAbsolute(withSafePath(env)) };
}

/**
 * Takes relative directories off PATH, and empty ones, which stand for the working directory: programs there may have been
 * written by somebody else, such as the author of an archive.
 */
function withSafePath(env: Readonly<NodeJS.ProcessEnv>): Readonly<NodeJS.ProcessEnv> {
  const folders = env.PATH?.split(delimiter) ?? [];
  const safe = folders.filter(isAbsolute);
  if (safe.length === folders.length) return env;
  // An empty PATH would be the working directory; without PATH, the system's directories are searched.
  return { ...env, PATH: safe.length === 0 ? undefined : safe.join(delimiter) };
}

/** Variables with paths that box itself uses. Others are for the programs that it starts. */
const PATHS = ["BOX_RUNTIME", "XDG_RUNTIME_DIR", "BOX_SETTINGS", "XDG_CONFIG_HOME"] as const;

/** Resolves relative paths against the working directory at the time the home is opened. */
function withAbsolute(env: Readonly<NodeJS.ProcessEnv>): Readonly<NodeJS.ProcessEnv> {
  const relative = PATHS.flatMap((name) => {
    const path = env[name];
    return path && !isAbsolute(path) ? [[name, resolve(path)] as const] : [];
  });
  return relative.length === 0 ? env : { ...env, ...Object.fromEntries(relative) };
}

/** Returns the path of the user's settings: `$BOX_SETTINGS`, else `$XDG_CONFIG_HOME/box/settings.yaml`, else `~/.config/box/settings.yaml`. */
export function settingsFile({ env }: Home): string {
  const { BOX_SETTINGS, XDG_CONFIG_HOME } = env;
  if (BOX_SETTINGS) return BOX_SETTINGS;
  return join(XDG_CONFIG_HOME || join(homedir(), ".config"), "box", "settings.yaml");
}

/** Returns the directory of the files that boxes start with. */
export function templatesFolder(home: Home): string {
  return join(home.folder, "templates");
}

/** Returns the directory of the plans by which the native client runs boxes (docs/architecture.md). */
export function plansFolder(home: Home): string {
  return join(home.folder, "plans");
}

/** Returns the image store of a box that was created without the cache. It is removed with the box. */
export function uncachedFolder(home: Home, id: string): string {
  return join(home.folder, "uncached", id);
}
