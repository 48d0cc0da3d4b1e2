import { isDeepStrictEqual } from "node:util";
import { explainSystemFailure } from "../host/system-failure.js";

/**
 * Does something in which relative paths may occur. Where the working folder has been removed, whoever names none is
 * not kept from it.
 * @throws BoxError system, and what `use` throws
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
