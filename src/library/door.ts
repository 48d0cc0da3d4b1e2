import { isAbsolute, resolve } from "node:path";
import { openEngine as open, type Engine, type EngineOptions } from "../engine/engine.js";
import { check, ENGINE } from "./valid.js";

let engine: Engine | undefined;
let folder: string | undefined;

/** The folder that relative paths of the host start from: this process's working folder when it was first needed. */
export function hostFolder(): string {
  return (folder ??= process.cwd());
}

export function hostPath(path: string): string {
  return isAbsolute(path) ? path : resolve(hostFolder(), path);
}

/** Opens an engine, in the environment that this process has now unless another is given. Nothing is read or made yet. */
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

/** The engine of whoever names none: of the home that this process's environment named when it was first needed. */
export function ownEngine(): Engine {
  return (engine ??= openEngine());
}
