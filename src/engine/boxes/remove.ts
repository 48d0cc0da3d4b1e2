import { BoxError } from "../../errors.js";
import { waitForMonitor, waitForOfflineSession, staysLocked } from "../../vm/box/connect.js";
import { matchBox, type UnreadableBox } from "../../vm/box/find.js";
import { imagesOf } from "../../vm/box/image-disk.js";
import { isDamaged } from "../../vm/box/record.js";
import { removeBox } from "../../vm/box/remove.js";
import { killById, stopBox } from "../../vm/box/stop.js";
import { removeAnonymous } from "../../vm/volume/anonymous.js";
import type { BoxRef, Context } from "../context.js";
import type { Home } from "../../host/home.js";
import { SIGKILL } from "../../host/signals.js";

export interface RemoveOptions {
  /** Kills the box first if it is running. */
  force?: boolean | undefined;
  /** Removes the box's anonymous volumes too. */
  volumes?: boolean | undefined;
  /** Aborts, unless the box is already being removed. A box that is being killed still ends. */
  signal?: AbortSignal | undefined;
}

/** Removes a box whose record cannot be read: it is damaged, or was created by a newer version of box. */
async function removeUnreadable(
  home: Home,
  { id, name = id.slice(0, 12), folder, error }: UnreadableBox,
  force: boolean,
): Promise<void> {
  const newer = error instanceof BoxError && error.code === "newer-version";
  if (!force || !(newer || isDamaged(error))) throw error;
  await killById(home, id);
  if (await staysLocked(home, folder)) {
    throw new BoxError("box-running", `box ${name} is running, but its monitor does not respond`, {
      hint: newer ? "stop it with the version that started it" : `\`pkill -f ${id.slice(0, 12)}\` ends it`,
    });
  }
  await removeBox(home, folder, name);
}

/**
 * Removes a box and everything stored for it. A box that is damaged, or was created by a newer version of box, is only
 * removed with `force`, and its volumes are kept.
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
      const { record, state } = box;
      const reason =
        state.paused === true
          ? "is paused and must be unpaused first"
          : "is running: stop the container before removing or force remove";
      throw new BoxError("box-running", `cannot remove container "/${record.name}": container ${reason}`, {
        hint: "stop it first, or use `force`",
        detail: { box: box.record.name },
      });
    }
    await stopBox(home, box, { signal: SIGKILL, timeoutMs: 0 }, signal);
  }
  await waitForOfflineSession(home, box, signal);
  await removeBox(home, box.folder, box.record.name);
  if (volumes) await removeAnonymous(home, box.record);
  const { afterBox } = await import("../images/after-box.js");
  for (const { digest } of imagesOf(box.record)) await afterBox(context, digest);
}
