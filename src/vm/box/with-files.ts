import { setTimeout } from "node:timers/promises";
import { BoxError } from "../../errors.js";
import { onAbort } from "../../host/abort.js";
import { waitForMonitor, waitForOfflineSession, connect } from "./connect.js";
import type { Connect, Purpose } from "../offline-session.js";
import type { Box } from "./find.js";
import type { Home } from "../../host/home.js";

/** Interval between attempts to get exclusive use of a box, in milliseconds, and their number. */
const RETRY_MS = 50;
const ATTEMPTS = 200;

/** Closes connections when a signal is aborted. */
function closingOnAbort(connect: Connect, signal: AbortSignal | undefined): Connect {
  return async () => {
    signal?.throwIfAborted();
    const socket = await connect();
    const off = onAbort(signal, () => socket.destroy());
    return socket.once("close", off);
  };
}

/**
 * Gives access to the files of a box through the agent of its running VM, or of a VM that is started just for this and
 * runs none of the box's programs (../offline-session.ts). Other commands that need the box wait in the meantime.
 * @param signal closes all connections; a VM started for this has ended by the time this throws
 * @throws BoxError as `offlineSession`; errors of `use`
 */
export async function withFiles<T>(
  home: Home,
  box: Box,
  purpose: Purpose,
  use: (connect: Connect) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const monitor = await waitForMonitor(home, box, signal);
    monitor?.destroy();
    if (monitor) return use(closingOnAbort(() => connect(home, box), signal));
    await waitForOfflineSession(home, box, signal);
    try {
      const { offlineSession } = await import("../offline-session.js");
      return await offlineSession(home, box, purpose, signal, (connect) =>
        use(closingOnAbort(connect, signal)),
      );
    } catch (error) {
      // Another command was faster; soon its session can be waited for.
      if (!(error instanceof BoxError) || error.code !== "box-running" || attempt === ATTEMPTS) throw error;
      await setTimeout(RETRY_MS, undefined, signal ? { signal } : {});
    }
  }
}
