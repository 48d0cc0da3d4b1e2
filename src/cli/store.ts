import { Cache } from "../config/cache.js";
import { readSettings } from "../config/settings.js";
import { homeOf, type Home } from "../host/home.js";
import { storeOf, type Store } from "../oci/store/store.js";

let home: Home | undefined;
let store: Store | undefined;

/** The home of this command's user. */
export function currentHome(): Home {
  return (home ??= homeOf(process.env));
}

/** The store that this command works on. */
export function currentStore(): Store {
  return (store ??= storeOf(currentHome()));
}

/** Lets images be elsewhere than in the home: `cacheDir` of a configuration. */
export function useStore(folder: string | null | undefined): Store {
  return (store = storeOf(currentHome(), folder));
}

/** What the settings say of the store, and the defaults; from here on this command uses that store. */
export async function openStore(): Promise<Cache> {
  const { cache } = await readSettings(currentHome());
  const resolved = Cache.parse(cache ?? {});
  useStore(resolved.cacheDir);
  return resolved;
}
