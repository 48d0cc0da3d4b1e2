import type { Socket } from "node:net";
import { exitCodeOfStart } from "../../config/exit-codes.js";
import { onAbort } from "../../host/abort.js";
import { connectToSocket, follow, send, type Ending } from "../protocol/control/client.js";
import { SIGKILL } from "../../host/signals.js";
import { waitForMonitor, connect, tryConnect } from "./connect.js";
import { controlSocket } from "./files.js";
import type { Box } from "./find.js";
import { tryConnectByName } from "./connect-by-name.js";
import type { Home } from "../../host/home.js";

/** Follows a conversation to its end, whatever that is. @throws the reason of `abort` when that comes first */
async function followToEnd(socket: Socket, abort: AbortSignal | undefined): Promise<Ending | undefined> {
  const off = onAbort(abort, () => socket.destroy());
  // A monitor that is killed meanwhile has ended the box as well.
  const ending = await follow(socket, {}).catch(() => undefined);
  off();
  if (!ending) abort?.throwIfAborted();
  return ending;
}

/**
 * Asks a box to end with a signal and kills it when it has not within the time. Returns when everything of it has
 * been cleared away. A box that does not run is left alone.
 * @param abort gives up waiting
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

/** Kills a box of which nothing but the id is known, if it runs. */
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
 * Waits until a box has ended and everything of it has been cleared away.
 * @param abort gives up waiting
 * @returns its exit code; undefined when it did not run, or its monitor was killed
 */
export async function awaitEnd(home: Home, box: Box, abort?: AbortSignal): Promise<number | undefined> {
  return exitCodeAt(await tryConnect(home, box), abort);
}

/** As `awaitEnd`, of a box by what it is called; undefined also when that is not easily told. */
export async function awaitEndOf(
  home: Home,
  nameOrId: string,
  abort?: AbortSignal,
): Promise<number | undefined> {
  return exitCodeAt(await tryConnectByName(home, nameOrId), abort);
}

/**
 * Sends a signal to the workload; SIGKILL ends the box and is waited for.
 * @throws BoxError not-running
 */
export async function signalBox(home: Home, box: Box, signal: number): Promise<void> {
  const socket = await connect(home, box);
  if (signal === SIGKILL) {
    send(socket, { op: "stop", signal, timeoutMs: 0 });
    await followToEnd(socket, undefined);
    return;
  }
  send(socket, { op: "signal", signal });
  // Its end is only noticed by reading up to it.
  socket.resume();
  socket.end();
  await new Promise((resolve) => socket.once("close", resolve));
}
