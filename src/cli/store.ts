import { BoxConfig } from "../config/box-config.js";
import { readSettings } from "../config/settings.js";
import { useStore } from "../oci/images.js";

/** What the settings say of the store, and the defaults; from here on this process uses that store. */
export async function openStore(): Promise<BoxConfig["cache"]> {
  const { cache } = await readSettings();
  const resolved = BoxConfig.parse({ image: "none", ...(cache ? { cache } : {}) }).cache;
  useStore(resolved.cacheDir);
  return resolved;
}
