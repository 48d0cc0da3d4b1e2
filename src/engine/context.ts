import type { Socket } from "node:net";
import type { Cache } from "../config/cache.js";
import { checkAbsolute } from "../host/absolute.js";
import { homeOf, type Home } from "../host/home.js";
import type { Store } from "../oci/store/store.js";
import type { Box } from "../vm/box/find.js";

/** State shared by the operations of one engine. */
export interface Context {
  home: Home;
  /** Reports, in one line, a requested setting that has no effect on this host, or something that was skipped. */
  warn: (line: string) => void;
  /** The cache settings, and the image store that they name; read once. @throws BoxError invalid-settings */
  images: () => Promise<{ cache: Cache; store: Store }>;
}

export type { Box };

/** A control stream between this process and the monitor of a running box. */
export type Conversation = Socket;

/** A box found earlier, or its name, ID or unambiguous ID prefix. */
export type BoxRef = Box | string;

export interface EngineOptions {
  /** Absolute path of the directory for boxes, images and volumes (default: from the environment). */
  home?: string;
  /** Absolute path of the directory for sockets (default: from the environment). */
  runtime?: string;
  /** Environment variables of the caller: PATH, proxies, DOCKER_CONFIG and so on. */
  env?: Readonly<NodeJS.ProcessEnv>;
  /** Reports, in one line, a requested setting that has no effect on this host, or something that was skipped. */
  onWarning?: (line: string) => void;
}

/** Opens the context. Reads and creates nothing until an operation needs it. */
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
  // After the settings have been corrected, the same engine works.
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
