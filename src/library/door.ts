import { isAbsolute, resolve } from "node:path";
import { openEngine, type Engine } from "../engine/engine.js";

let engine: Engine | undefined;
let folder: string | undefined;

/** The engine of whoever names none: of the home that this process's environment named when it was first needed. */
export function ownEngine(): Engine {
  return (engine ??= openEngine({ env: { ...process.env } }));
}

/** The folder that relative paths of the host start from: this process's working folder when it was first needed. */
export function hostFolder(): string {
  return (folder ??= process.cwd());
}

export function hostPath(path: string): string {
  return isAbsolute(path) ? path : resolve(hostFolder(), path);
}
