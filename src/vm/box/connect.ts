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

/** Interval between attempts to reach the next monitor of a restarting box, in milliseconds. */
const LOOK_MS = 50;
/** How long a monitor may take to exit after closing its socket, in milliseconds. */
const ENDING_MS = 15_000;

/**
 * Connects to the monitor of a box. Returns undefined if the box is not running. Ignores the recorded state, which may
 * be outdated while the box is starting.
 */
export function tryConnect(home: Home, box: Box): Promise<Socket | undefined> {
  return connectToSocket(home, controlSocket(box.record.id));
}

/**
 * As `tryConnect`, but waits for the next monitor of a box that is restarting.
 * @param abort stops waiting
 * @throws BoxError monitor-unreachable if the box is running but its socket is gone
 */
export async function waitForMonitor(home: Home, box: Box, abort?: AbortSignal): Promise<Socket | undefined> {
  for (let waited = 0; ; waited += LOOK_MS) {
    // State first: if it says "running", the monitor already accepts connections.
    const state = await readState(box.folder);
    const socket = await tryConnect(home, box);
    if (socket) return socket;
    if (!isRestarting(state)) {
      const { lock } = boxFiles(box.folder);
      if (state.status !== "running" || !(await heldLocks(home, [lock])).has(lock)) return undefined;
      // An exiting monitor closes its socket shortly before it releases its lock.
      if (waited > ENDING_MS) throw unreachable(box);
    }
    await setTimeout(LOOK_MS, undefined, abort ? { signal: abort } : {});
  }
}

/** Whether a box's lock is still held after an exiting monitor would have released it. */
export async function staysLocked(home: Home, folder: string): Promise<boolean> {
  const { lock } = boxFiles(folder);
  for (let waited = 0; waited <= ENDING_MS; waited += LOOK_MS) {
    if (!(await heldLocks(home, [lock])).has(lock)) return false;
    await setTimeout(LOOK_MS);
  }
  return true;
}

/**
 * Resolves when a box has exited and neither its restart policy nor `box restart` is about to start it again.
 * @param signal stops waiting
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

/** Waits until the other end closes the connection or a signal is aborted. */
async function untilClosed(socket: Socket, signal?: AbortSignal): Promise<void> {
  const closed = new Promise((resolve) => socket.resume().once("close", resolve));
  const off = onAbort(signal, () => socket.destroy());
  await closed.finally(off);
}

/**
 * Waits until no other command has an offline session with this box (../offline-session.ts).
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
  return new BoxError("monitor-unreachable", `box ${name} is running, but its control socket is gone`, {
    hint: `the socket directory was removed while it was running; kill the box with \`pkill -f ${id.slice(0, 12)}\``,
  });
}

/** Docker's words for a box that is not running. */
export function describeStopped(name: string): string {
  return `container ${name} is not running`;
}

/**
 * Connects to the monitor of a box that must be running.
 * @param reason words for one that is not
 * @throws BoxError not-running
 */
export async function connect(
  home: Home,
  box: Box,
  reason = describeStopped(box.record.name),
): Promise<Socket> {
  const socket = await tryConnect(home, box);
  if (socket) return socket;
  throw new BoxError("not-running", reason, { detail: { box: box.record.name } });
}
