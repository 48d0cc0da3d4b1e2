import { BoxError } from "../../errors.js";
import { waitForMonitor, waitForOfflineSession, staysLocked } from "../../vm/box/connect.js";
import { matchBox, type UnreadableBox } from "../../vm/box/find.js";
import { isDamaged } from "../../vm/box/record.js";
import { removeBox } from "../../vm/box/remove.js";
import { killById, stopBox } from "../../vm/box/stop.js";
import { removeAnonymous } from "../../vm/volume/anonymous.js";
import type { BoxRef, Context } from "../context.js";
import type { Home } from "../../host/home.js";
import { SIGKILL } from "../../host/signals.js";

export interface RemoveOptions {
  /** Kills the box first if it runs. */
  force?: boolean | undefined;
  /** Removes its anonymous volumes as well. */
  volumes?: boolean | undefined;
  /** Gives up, unless the box is being removed already. One that is being killed goes on ending. */
  signal?: AbortSignal | undefined;
}

/** Removes a box of a newer version of box, or a damaged one, whose record says nothing to this one. */
async function removeUnreadable(
  home: Home,
  { id, name = id.slice(0, 12), folder, error }: UnreadableBox,
  force: boolean,
): Promise<void> {
  const newer = error instanceof BoxError && error.code === "newer-version";
  if (!force || !(newer || isDamaged(error))) throw error;
  await killById(home, id);
  if (await staysLocked(home, folder)) {
    throw new BoxError("box-running", `box ${name} runs, and its monitor does not answer`, {
      hint: newer ? "stop it with the version that started it" : `\`pkill -f ${id.slice(0, 12)}\` ends it`,
    });
  }
  await removeBox(home, folder, name);
}

/**
 * Removes a box with everything it keeps. One of a newer version of box, or a damaged one, is removed by
 * force alone, without its volumes.
 * @throws BoxError no-such-box, ambiguous-id, box-running, newer-version, store-unreadable
 */
export async function remove(
  context: Context,
  ref: BoxRef | UnreadableBox,
  { force = false, volumes = false, signal }: RemoveOptions = {},
): Promise<void> {
  const { home } = context;
  const box = typeof ref === "string" ? await matchBox(home, ref) : ref;
  if ("error" in box) return removeUnreadable(home, box, force);
  const monitor = await waitForMonitor(home, box, signal);
  if (monitor) {
    monitor.destroy();
    if (!force) {
      throw new BoxError("box-running", `box ${box.record.name} is running`, {
        hint: "stop it first, or use `force`",
        detail: { box: box.record.name },
      });
    }
    await stopBox(home, box, { signal: SIGKILL, timeoutMs: 0 }, signal);
  }
  await waitForOfflineSession(home, box, signal);
  await removeBox(home, box.folder, box.record.name);
  if (volumes) await removeAnonymous(home, box.record);
}
