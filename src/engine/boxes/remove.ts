import { BoxError } from "../../errors.js";
import { awaitMonitor, awaitVisit } from "../../vm/box/connect.js";
import { removeBox } from "../../vm/box/remove.js";
import { stopBox } from "../../vm/box/stop.js";
import { removeAnonymous } from "../../vm/volume/anonymous.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

const SIGKILL = 9;

export interface RemoveOptions {
  /** Kills the box first if it runs. */
  force?: boolean | undefined;
  /** Removes its anonymous volumes as well. */
  volumes?: boolean | undefined;
}

/**
 * Removes a box with everything it keeps.
 * @throws BoxError no-such-box, ambiguous-id, box-running
 */
export async function remove(
  context: Context,
  ref: BoxRef,
  { force = false, volumes = false }: RemoveOptions = {},
): Promise<void> {
  const { home } = context;
  const box = await resolveBox(context, ref);
  const monitor = await awaitMonitor(home, box);
  if (monitor) {
    monitor.destroy();
    if (!force) {
      throw new BoxError("box-running", `box ${box.record.name} is running`, {
        hint: `stop it first (\`box stop ${box.record.name}\`) or use -f`,
      });
    }
    await stopBox(home, box, { signal: SIGKILL, timeoutMs: 0 });
  }
  await awaitVisit(home, box);
  await removeBox(home, box.folder, box.record.name);
  if (volumes) await removeAnonymous(home, box.record);
}
