import { homeOf, type Home } from "../../src/host/home.js";
import { storeOf, type Store } from "../../src/oci/store/store.js";

let chosen: string | undefined;

/** The home that this process's environment names at this moment: tests change it. */
export const currentHome = (): Home => homeOf(process.env);

/** The store of that home, or the one that the test has chosen. */
export const currentStore = (): Store => storeOf(currentHome(), chosen);

/** Lets images be elsewhere than in the home, until it is undefined. */
export function useStore(folder: string | undefined): void {
  chosen = folder;
}
