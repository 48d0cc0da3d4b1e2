import { isAbsolute } from "node:path";
import { BoxError } from "../errors.js";

/**
 * Checks that a host path is absolute. Relative paths must be resolved by callers of the engine, for which a working
 * directory may have no meaning.
 * @throws BoxError relative-path
 */
export function checkAbsolute(path: string, subject?: string): void {
  if (isAbsolute(path)) return;
  throw new BoxError("relative-path", `${JSON.stringify(path.slice(0, 200))} is a relative path`, {
    ...(subject === undefined ? {} : { subject }),
    hint: "host paths must be absolute here",
  });
}
