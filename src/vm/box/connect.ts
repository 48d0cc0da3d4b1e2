import type { Socket } from "node:net";
import { BoxError } from "../../config/errors.js";
import { connectToMonitor } from "../control/client.js";
import { controlSocket } from "./files.js";
import type { Box } from "./find.js";

/**
 * The monitor of a box; undefined when the box does not run. What its state says is not asked: of a box that is being
 * started it may still be what it was before.
 */
export function findMonitor(box: Box): Promise<Socket | undefined> {
  return connectToMonitor(controlSocket(box.record.id));
}

function notRunning({ record }: Box): BoxError {
  return new BoxError("not-running", `box ${record.name} is not running`, {
    hint: "`box ps` lists those that are",
    exitCode: 1,
  });
}

/** Refuses a box that does not run, before anything is done for it. @throws BoxError not-running */
export function requireRunning(box: Box): void {
  if (box.state.status !== "running") throw notRunning(box);
}

/**
 * The monitor of a box that has to run.
 * @throws BoxError not-running
 */
export async function connectTo(box: Box): Promise<Socket> {
  const socket = await findMonitor(box);
  if (socket) return socket;
  throw notRunning(box);
}
