import { Cache } from "../config/cache.js";
import { readSettings } from "../config/settings.js";
import { useStore } from "../oci/store/paths.js";

/** What the settings say of the store, and the defaults; from here on this process uses that store. */
export async function openStore(): Promise<Cache> {
  const { cache } = await readSettings();
  const resolved = Cache.parse(cache ?? {});
  useStore(resolved.cacheDir);
  return resolved;
}
