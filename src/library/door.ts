import { isAbsolute, resolve } from "node:path";
import { openEngine as open, type Engine, type EngineOptions } from "../engine/engine.js";
import { check, ENGINE } from "./valid.js";

let engine: Engine | undefined;
let folder: string | undefined;

/** The directory that relative host paths start from: the working directory at the first call. */
export function hostFolder(): string {
  return (folder ??= process.cwd());
}

export function hostPath(path: string): string {
  return isAbsolute(path) ? path : resolve(hostFolder(), path);
}

/**
 * Opens an engine with the given environment, or with a copy of this process's current one. Does not read or create any
 * files yet.
 */
export function openEngine(options: EngineOptions = {}): Engine {
  check(ENGINE, options, "openEngine");
  const { home, runtime, env, onWarning } = options;
  return open({
    env: env ?? { ...process.env },
    ...(home === undefined ? {} : { home: hostPath(home) }),
    ...(runtime === undefined ? {} : { runtime: hostPath(runtime) }),
    ...(onWarning ? { onWarning } : {}),
  });
}

/** The default engine: its home comes from this process's environment at the first call. */
export function ownEngine(): Engine {
  return (engine ??= openEngine());
}
