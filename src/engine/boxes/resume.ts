import { restartOf } from "../../config/spec/lasting.js";
import { readableBoxes } from "../../vm/box/find.js";
import type { Box, Context } from "../context.js";
import { startAndWait, type StartOptions } from "./start.js";

/** A box that was started, or the error that prevented it. */
export interface Resumed {
  name: string;
  error?: unknown;
}

/** Same rule as for a restart of Docker's daemon: with `unless-stopped`, a box stopped by a command stays stopped. */
function isWanted({ record, state }: Box): boolean {
  if (state.status !== "exited") return false;
  const { policy } = restartOf(record.options);
  return policy === "always" || (policy === "unless-stopped" && state.stopped !== true);
}

/** Starts the boxes whose restart policy says so, in parallel. Yields each box when it has started or failed. */
export async function* resume(context: Context, { signal }: StartOptions = {}): AsyncGenerator<Resumed> {
  const boxes = (await readableBoxes(context.home, context.warn)).map(
    async (box): Promise<Resumed | undefined> => {
      const { name } = box.record;
      try {
        if (!isWanted(box)) return undefined;
        await startAndWait(context, box, signal);
        return { name };
      } catch (error) {
        return { name, error };
      }
    },
  );
  const pending = new Map(boxes.map((done, index) => [index, done.then((resumed) => ({ index, resumed }))]));
  while (pending.size > 0) {
    const { index, resumed } = await Promise.race(pending.values());
    if (signal?.aborted === true) await Promise.all(pending.values());
    signal?.throwIfAborted();
    pending.delete(index);
    if (resumed) yield resumed;
  }
}
