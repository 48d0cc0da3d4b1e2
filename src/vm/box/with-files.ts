import { setTimeout } from "node:timers/promises";
import { BoxError } from "../../errors.js";
import { onAbort } from "../../host/abort.js";
import { waitForMonitor, waitForOfflineSession, connect } from "./connect.js";
import type { Connect, Purpose } from "../offline-session.js";
import type { Box } from "./find.js";
import type { Home } from "../../host/home.js";

/** Between two tries to be the one that has a box, in milliseconds, and how many of them. */
const LOOK_MS = 50;
const TRIES = 200;

/** Conversations that a signal breaks off. */
function breakingOff(connect: Connect, signal: AbortSignal | undefined): Connect {
  return async () => {
    signal?.throwIfAborted();
    const socket = await connect();
    const off = onAbort(signal, () => socket.destroy());
    return socket.once("close", off);
  };
}

/**
 * Reaches the files of a box through the agent of its running VM, or else of one that is started for this alone, with
 * nothing of the box's own in it (../offline-session.ts). Whoever else wants the box waits meanwhile.
 * @param signal ends it: every conversation breaks off, and a VM that was started for it has ended when this throws
 * @throws BoxError as `offlineSession`, and what `use` throws
 */
export async function withFiles<T>(
  home: Home,
  box: Box,
  purpose: Purpose,
  use: (connect: Connect) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted();
    const monitor = await waitForMonitor(home, box, signal);
    monitor?.destroy();
    if (monitor) return use(breakingOff(() => connect(home, box), signal));
    await waitForOfflineSession(home, box, signal);
    try {
      const { offlineSession } = await import("../offline-session.js");
      return await offlineSession(home, box, purpose, signal, (connect) => use(breakingOff(connect, signal)));
    } catch (error) {
      // Another command was a moment faster, and can soon be waited for.
      if (!(error instanceof BoxError) || error.code !== "box-running" || tries === TRIES) throw error;
      await setTimeout(LOOK_MS, undefined, signal ? { signal } : {});
    }
  }
}
