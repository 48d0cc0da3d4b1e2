import type { Socket } from "node:net";
import { BoxError } from "../../config/errors.js";
import { connectToMonitor, follow, send } from "../control/client.js";
import { controlSocket } from "./files.js";
import type { Box } from "./find.js";

async function connectTo(box: Box): Promise<Socket | undefined> {
  return box.state.status === "running" ? connectToMonitor(controlSocket(box.record.id)) : undefined;
}

/**
 * Asks a box to end with a signal and kills it when it has not within the time. Returns when everything of it has
 * been cleared away. A box that does not run is left alone.
 */
export async function stopBox(box: Box, how: { signal: number; timeoutMs: number }): Promise<void> {
  const socket = await connectTo(box);
  if (!socket) return;
  send(socket, { op: "stop", ...how });
  // A monitor that is killed meanwhile has stopped the box as well.
  await follow(socket, {}).catch(() => undefined);
}

/**
 * Sends a signal to the workload; SIGKILL ends the box and is waited for.
 * @throws BoxError not-running
 */
export async function signalBox(box: Box, signal: number): Promise<void> {
  const socket = await connectTo(box);
  if (!socket) {
    throw new BoxError("not-running", `box ${box.record.name} is not running`, {
      hint: "`box ps` lists those that are",
    });
  }
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
