import { resolve } from "node:path";
import { homeOf } from "../host/home.js";
import { openBoxes, type Boxes } from "./boxes.js";
import type { Context } from "./context.js";
import { openSystem, type System } from "./system.js";

export interface EngineOptions {
  /** Folder of boxes, images and volumes; by default the one that the environment names. */
  home?: string;
  /** Folder for sockets; by default the one that the environment names. */
  runtime?: string;
  /** Of whoever opens the engine: PATH, proxies, DOCKER_CONFIG and the like. */
  env?: Readonly<NodeJS.ProcessEnv>;
  /** Gets a line about something that was asked for and is not in force on this host. */
  onWarning?: (line: string) => void;
}

/** The verbs of box. A process may have several engines; nothing of one is shared with another. */
export interface Engine {
  boxes: Boxes;
  system: System;
}

function contextOf({ home, runtime, env = {}, onWarning = () => undefined }: EngineOptions): Context {
  const own = {
    ...env,
    ...(home === undefined ? {} : { BOX_HOME: resolve(home) }),
    ...(runtime === undefined ? {} : { BOX_RUNTIME: resolve(runtime) }),
  };
  const opened = homeOf(own);
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
  return { home: opened, warn: onWarning, images: () => (images ??= openImages()) };
}

/** Opens an engine. Nothing is read, made or started before a verb is called. */
export function openEngine(options: EngineOptions = {}): Engine {
  const context = contextOf(options);
  return { boxes: openBoxes(context), system: openSystem(context) };
}
