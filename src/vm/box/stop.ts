import { follow, send } from "../protocol/control/client.js";
import { awaitMonitor, connectTo, findMonitor } from "./connect.js";
import type { Box } from "./find.js";
import type { Home } from "../../host/home.js";

/**
 * Asks a box to end with a signal and kills it when it has not within the time. Returns when everything of it has
 * been cleared away. A box that does not run is left alone.
 */
export async function stopBox(
  home: Home,
  box: Box,
  how: { signal: number; timeoutMs: number; again?: true },
): Promise<void> {
  const socket = await awaitMonitor(home, box);
  if (!socket) return;
  send(socket, { op: "stop", ...how });
  // A monitor that is killed meanwhile has stopped the box as well.
  await follow(socket, {}).catch(() => undefined);
}

/**
 * Waits until a box has ended and everything of it has been cleared away.
 * @returns its exit code; undefined when it did not run, or its monitor was killed
 */
export async function awaitEnd(home: Home, box: Box): Promise<number | undefined> {
  const socket = await findMonitor(home, box);
  const ending = socket && (await follow(socket, {}).catch(() => undefined));
  return ending?.exitCode;
}

/**
 * Sends a signal to the workload; SIGKILL ends the box and is waited for.
 * @throws BoxError not-running
 */
export async function signalBox(home: Home, box: Box, signal: number): Promise<void> {
  const socket = await connectTo(home, box);
  if (signal === 9) {
    send(socket, { op: "stop", signal, timeoutMs: 0 });
    await follow(socket, {}).catch(() => undefined);
    return;
  }
  send(socket, { op: "signal", signal });
  // Its end is only noticed by reading up to it.
  socket.resume();
  socket.end();
  await new Promise((resolve) => socket.once("close", resolve));
}
