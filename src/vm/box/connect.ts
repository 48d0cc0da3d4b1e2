import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { BoxError } from "../../errors.js";
import { onAbort } from "../../host/abort.js";
import { connectToSocket } from "../protocol/control/client.js";
import { isRestarting } from "./is-restarting.js";
import { boxFiles, controlSocket, offlineSessionSocket } from "./files.js";
import { heldLocks } from "./lock.js";
import { readState } from "./record.js";
import type { Box } from "./find.js";
import type { Home } from "../../host/home.js";

/** Between two looks for the next monitor of a box that starts again, in milliseconds. */
const LOOK_MS = 50;
/** How long a monitor may take from closing its socket to its end, in milliseconds. */
const ENDING_MS = 15_000;

/**
 * The monitor of a box; undefined when the box does not run. What its state says is not asked: of a box that is being
 * started it may still be what it was before.
 */
export function tryConnect(home: Home, box: Box): Promise<Socket | undefined> {
  return connectToSocket(home, controlSocket(box.record.id));
}

/**
 * As `tryConnect`; of a box that its restart policy is just starting again, the next one is waited for.
 * @param abort gives up waiting
 * @throws BoxError monitor-unreachable when the box runs and nothing leads to its monitor
 */
export async function waitForMonitor(home: Home, box: Box, abort?: AbortSignal): Promise<Socket | undefined> {
  for (let waited = 0; ; waited += LOOK_MS) {
    // First the state: what runs by then can be connected to.
    const state = await readState(box.folder);
    const socket = await tryConnect(home, box);
    if (socket) return socket;
    if (!isRestarting(state)) {
      const { lock } = boxFiles(box.folder);
      if (state.status !== "running" || !(await heldLocks(home, [lock])).has(lock)) return undefined;
      // A monitor that ends has its lock a little longer than its socket.
      if (waited > ENDING_MS) throw unreachable(box);
    }
    await setTimeout(LOOK_MS, undefined, abort ? { signal: abort } : {});
  }
}

/** Whether a box's lock is still held when a monitor that ends has had its time. */
export async function staysLocked(home: Home, folder: string): Promise<boolean> {
  const { lock } = boxFiles(folder);
  for (let waited = 0; waited <= ENDING_MS; waited += LOOK_MS) {
    if (!(await heldLocks(home, [lock])).has(lock)) return false;
    await setTimeout(LOOK_MS);
  }
  return true;
}

/**
 * Resolves when a box has ended and is not about to start again, by its restart policy or by `box restart`.
 * @param signal gives up waiting
 */
export async function awaitLastEnd(home: Home, box: Box, signal?: AbortSignal): Promise<void> {
  try {
    for (;;) {
      const monitor = await waitForMonitor(home, box, signal);
      if (!monitor) return;
      await untilClosed(monitor, signal);
      if (signal?.aborted) return;
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** Waits until the other end is gone, or a signal is aborted. */
async function untilClosed(socket: Socket, signal?: AbortSignal): Promise<void> {
  const closed = new Promise((resolve) => socket.resume().once("close", resolve));
  const off = onAbort(signal, () => socket.destroy());
  await closed.finally(off);
}

/**
 * Waits until no command has the files of a box that does not run to itself (../offline-session.ts).
 * @throws the signal's reason
 */
export async function waitForOfflineSession(
  home: Home,
  { record }: Box,
  signal?: AbortSignal,
): Promise<void> {
  const socket = await connectToSocket(home, offlineSessionSocket(record.id));
  if (socket) await untilClosed(socket, signal);
  signal?.throwIfAborted();
}

function unreachable({ record: { id, name } }: Box): BoxError {
  return new BoxError("monitor-unreachable", `box ${name} runs, but its control socket is gone`, {
    hint: `the folder of sockets was removed meanwhile; \`pkill -f ${id.slice(0, 12)}\` ends the box`,
  });
}

function notRunning({ record }: Box): BoxError {
  return new BoxError("not-running", `box ${record.name} is not running`, {
    detail: { box: record.name },
  });
}

/**
 * The monitor of a box that has to run.
 * @throws BoxError not-running
 */
export async function connect(home: Home, box: Box): Promise<Socket> {
  const socket = await tryConnect(home, box);
  if (socket) return socket;
  throw notRunning(box);
}
