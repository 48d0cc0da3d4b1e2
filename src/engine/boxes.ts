import type { Box } from "../vm/box/find.js";
import type { BoxRef, Context } from "./context.js";
import type { RemoveOptions } from "./boxes/remove.js";

/** The verbs of boxes. Each loads its own code when it is first called. */
export interface Boxes {
  /** The boxes that can be read, newest first; of each of the others `onWarning` gets a line. */
  list: () => Promise<Box[]>;
  /** @throws BoxError no-such-box, ambiguous-id */
  find: (nameOrId: string) => Promise<Box>;
  /** @throws BoxError no-such-box, ambiguous-id, box-running */
  remove: (box: BoxRef, options?: RemoveOptions) => Promise<void>;
}

export function openBoxes(context: Context): Boxes {
  return {
    list: async () => (await import("../vm/box/find.js")).readableBoxes(context.home, context.warn),
    find: async (nameOrId) => (await import("../vm/box/find.js")).findBox(context.home, nameOrId),
    remove: async (box, options) => (await import("./boxes/remove.js")).remove(context, box, options),
  };
}
