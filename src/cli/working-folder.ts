import { isDeepStrictEqual } from "node:util";
import { explainSystemFailure } from "../host/system-failure.js";

/**
 * Calls a function that may resolve relative paths. If the working directory no longer exists, it still works as long as
 * the result does not depend on it.
 * @throws BoxError system, and errors of `use`
 */
export function inWorkingFolder<T>(use: (cwd: string) => T): T {
  let cwd: string;
  try {
    cwd = process.cwd();
  } catch (error) {
    const [one, other] = [use("/1"), use("/2")];
    if (isDeepStrictEqual(one, other)) return one;
    throw explainSystemFailure(error);
  }
  return use(cwd);
}
