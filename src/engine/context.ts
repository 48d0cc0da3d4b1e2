import type { Socket } from "node:net";
import type { Cache } from "../config/cache.js";
import { checkAbsolute } from "../host/absolute.js";
import { homeOf, type Home } from "../host/home.js";
import type { Store } from "../oci/store/store.js";
import type { Box } from "../vm/box/find.js";

/** What the verbs of one engine share. */
export interface Context {
  home: Home;
  /** Gets a line about something that was asked for and is not in force on this host. */
  warn: (line: string) => void;
  /** The settings of the cache and the store that they name; read once. @throws BoxError invalid-settings */
  images: () => Promise<{ cache: Cache; store: Store }>;
}

export type { Box };

/** The control stream between one who works with a running box and the box's monitor. */
export type Conversation = Socket;

/** A box that was found already, or its name, id or unambiguous beginning of an id. */
export type BoxRef = Box | string;

export interface EngineOptions {
  /** Absolute path of the folder of boxes, images and volumes; by default the one that the environment names. */
  home?: string;
  /** Absolute path of the folder for sockets; by default the one that the environment names. */
  runtime?: string;
  /** Of whoever opens the engine: PATH, proxies, DOCKER_CONFIG and the like. */
  env?: Readonly<NodeJS.ProcessEnv>;
  /** Gets a line about something that was asked for and is not in force on this host. */
  onWarning?: (line: string) => void;
}

/** Nothing is read or made before a verb needs it. */
export function openContext(options: EngineOptions): Context {
  const { home, runtime, env = {}, onWarning = () => undefined } = options;
  if (home !== undefined) checkAbsolute(home, "home");
  if (runtime !== undefined) checkAbsolute(runtime, "runtime");
  const isNamed = home !== undefined || runtime !== undefined;
  const own = {
    ...env,
    ...(home === undefined ? {} : { BOX_HOME: home }),
    ...(runtime === undefined ? {} : { BOX_RUNTIME: runtime }),
  };
  const opened = homeOf(isNamed ? own : env);
  let images: ReturnType<Context["images"]> | undefined;
  const openImages: Context["images"] = async () => {
    const [{ Cache }, { readSettings }, { storeOf }] = await Promise.all([
      import("../config/cache.js"),
      import("../config/settings.js"),
      import("../oci/store/store.js"),
    ]);
    const { cache } = await readSettings(opened);
    const resolved = Cache.parse(cache ?? {});
    return { cache: resolved, store: storeOf(opened, resolved.cacheDir) };
  };
  // Who corrects the settings need not open another engine.
  const forget = (error: unknown): never => {
    images = undefined;
    throw error;
  };
  return {
    home: opened,
    warn: onWarning,
    images: () => (images ??= openImages().catch(forget)),
  };
}
