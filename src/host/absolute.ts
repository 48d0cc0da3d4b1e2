import { isAbsolute } from "node:path";
import { BoxError } from "../errors.js";

/**
 * Checks a path of this host. Where relative ones begin is for whoever calls the engine to say, who may have no working
 * folder of its own.
 * @throws BoxError relative-path
 */
export function checkAbsolute(path: string, subject?: string): void {
  if (isAbsolute(path)) return;
  throw new BoxError("relative-path", `${JSON.stringify(path.slice(0, 200))} is a relative path`, {
    ...(subject === undefined ? {} : { subject }),
    hint: "paths of the host have to be absolute here",
  });
}
