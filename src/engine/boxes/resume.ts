import { parseRestart } from "../../config/syntax/restart.js";
import { readableBoxes } from "../../vm/box/find.js";
import type { Box, Context } from "../context.js";
import { startAndWait } from "./start.js";

/** A box that a resume has started, or why it could not. */
export interface Resumed {
  name: string;
  error?: unknown;
}

/** Those that a restart of Docker's daemon would start: `unless-stopped` remembers that a command stopped the box. */
function isWanted({ record, state }: Box): boolean {
  const { policy } = parseRestart(record.options.restart);
  if (state.status !== "exited") return false;
  return policy === "always" || (policy === "unless-stopped" && state.stopped !== true);
}

/** Starts, all at once, the boxes that are to run whenever the host does. Yields each when that is done. */
export async function* resume(context: Context): AsyncGenerator<Resumed> {
  const boxes = (await readableBoxes(context.home, context.warn)).filter(isWanted);
  const pending = new Map(
    boxes.map((box) => {
      const { name } = box.record;
      const done = startAndWait(context, box).then(
        (): Resumed => ({ name }),
        (error: unknown): Resumed => ({ name, error }),
      );
      return [name, done];
    }),
  );
  while (pending.size > 0) {
    const resumed = await Promise.race(pending.values());
    pending.delete(resumed.name);
    yield resumed;
  }
}
