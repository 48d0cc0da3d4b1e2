import { normalize } from "node:path";
import { checkAbsolute } from "../../host/absolute.js";
import type { Home } from "../../host/home.js";

/** A store of images (docs/on-disk.md). */
export interface Store {
  /** Absolute path of its folder. */
  root: string;
  /** Whose settings and logins it goes by. */
  home: Home;
  /** Paths of holds that end with the work that this store is for (`scopedStore`); without it with this process. */
  leases?: Set<string>;
  /** Ends that work. */
  signal?: AbortSignal | undefined;
}

/** @param folder where images are to be, if not in the home itself: `cacheDir` of a configuration */
export function storeOf(home: Home, folder?: string | null): Store {
  if (folder) checkAbsolute(folder, "cache.cacheDir");
  return { root: normalize(folder ?? home.folder), home };
}
