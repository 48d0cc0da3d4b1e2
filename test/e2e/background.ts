import { afterEach } from "vitest";
import { box, runDetached } from "./box.js";

/**
 * Starts boxes in the background and removes them after each test of the file.
 * @returns `runDetached` for such boxes
 */
export function removedAfterEach(): typeof runDetached {
  const started: string[] = [];
  afterEach(async () => {
    if (started.length > 0) await box(["rm", "-f", ...started.splice(0)]);
  });
  return async (args, options) => {
    const id = await runDetached(args, options);
    started.push(id);
    return id;
  };
}
