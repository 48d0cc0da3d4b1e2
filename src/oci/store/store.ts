import { normalize } from "node:path";
import { checkAbsolute } from "../../host/absolute.js";
import type { Home } from "../../host/home.js";

/** A store of images (docs/on-disk.md). */
export interface Store {
  /** Absolute path of its directory. */
  root: string;
  /** Home whose settings and logins apply. */
  home: Home;
  /** Paths of leases that end with the operation of this store (`scopedStore`), or with this process. */
  leases?: Set<string>;
  /** Aborts that operation. */
  signal?: AbortSignal | undefined;
}

/** Returns the image store of a home. @param folder its directory, if not the home: `cacheDir` of a configuration */
export function storeOf(home: Home, folder?: string | null): Store {
  if (folder) checkAbsolute(folder, "cache.cacheDir");
  return { root: normalize(folder ?? home.folder), home };
}
