import type { Socket } from "node:net";
import { exitCodeOfStart } from "../../config/exit-codes.js";
import { onAbort } from "../../host/abort.js";
import { connectToSocket, follow, send, type Ending } from "../protocol/control/client.js";
import { SIGKILL } from "../../host/signals.js";
import { waitForMonitor, connect, describeStopped, tryConnect } from "./connect.js";
import { controlSocket } from "./files.js";
import type { Box } from "./find.js";
import { tryConnectByName } from "./connect-by-name.js";
import type { Home } from "../../host/home.js";

/** Follows a connection until it ends for any reason. @throws the reason of `abort` if that happens first */
async function followToEnd(socket: Socket, abort: AbortSignal | undefined): Promise<Ending | undefined> {
  const off = onAbort(abort, () => socket.destroy());
  // If the monitor is killed in the meantime, the box has ended as well.
  const ending = await follow(socket, {}).catch(() => undefined);
  off();
  if (!ending) abort?.throwIfAborted();
  return ending;
}

/**
 * Stops a box with a signal, and kills it if it does not exit within the timeout. Returns after everything has been
 * cleaned up. Does nothing if the box is not running.
 * @param abort stops waiting
 */
export async function stopBox(
  home: Home,
  box: Box,
  how: { signal: number; timeoutMs: number; again?: true },
  abort?: AbortSignal,
): Promise<void> {
  const socket = await waitForMonitor(home, box, abort);
  if (!socket) return;
  send(socket, { op: "stop", ...how });
  await followToEnd(socket, abort);
}

/** Kills a box by its ID, if it is running. For boxes whose record cannot be read. */
export async function killById(home: Home, id: string): Promise<void> {
  const socket = await connectToSocket(home, controlSocket(id));
  if (!socket) return;
  send(socket, { op: "stop", signal: SIGKILL, timeoutMs: 0 });
  await followToEnd(socket, undefined);
}

async function exitCodeAt(monitor: Socket | undefined, abort?: AbortSignal): Promise<number | undefined> {
  const ending = monitor && (await followToEnd(monitor, abort));
  return ending?.event === "failed" ? exitCodeOfStart(ending.code) : ending?.exitCode;
}

/**
 * Waits until a box has exited and everything has been cleaned up.
 * @param abort stops waiting
 * @returns the exit code; undefined if the box was not running or its monitor was killed
 */
export async function awaitEnd(home: Home, box: Box, abort?: AbortSignal): Promise<number | undefined> {
  return exitCodeAt(await tryConnect(home, box), abort);
}

/** As `awaitEnd`, for a box by name or ID. Returns undefined also if the box is not easily found. */
export async function awaitEndOf(
  home: Home,
  nameOrId: string,
  abort?: AbortSignal,
): Promise<number | undefined> {
  return exitCodeAt(await tryConnectByName(home, nameOrId), abort);
}

/**
 * Sends a signal to the workload. SIGKILL kills the box; returns after it has ended.
 * @throws BoxError not-running
 */
export async function signalBox(home: Home, box: Box, signal: number): Promise<void> {
  const { name } = box.record;
  const socket = await connect(home, box, `cannot kill container: ${name}: ${describeStopped(name)}`);
  if (signal === SIGKILL) {
    send(socket, { op: "stop", signal, timeoutMs: 0 });
    await followToEnd(socket, undefined);
    return;
  }
  send(socket, { op: "signal", signal });
  // Without reading, the end of the stream would go unnoticed.
  socket.resume();
  socket.end();
  await new Promise((resolve) => socket.once("close", resolve));
}
