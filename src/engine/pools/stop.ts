import { rename, rm } from "node:fs/promises";
import { BoxError } from "../../errors.js";
import { controlSocket } from "../../vm/box/files.js";
import { removeSockets } from "../../vm/box/sockets.js";
import { poolFolder, poolSocket, removedPool, vmsIn } from "../../vm/pool/files.js";
import { askKeeper } from "../../vm/pool/messages.js";
import type { Context } from "../context.js";
import { checkPool, connectToKeeper, hasEnded, hasKeeper } from "./find.js";
import { killKeeper } from "./kill.js";

/** How long a keeper may take to answer, and to end its VMs, before it is killed, in milliseconds. */
const ANSWER_MS = 10_000;
const STOP_MS = 60_000;

/** Removes a pool whose keeper was killed. */
export async function removeRest({ home }: Context, name: string): Promise<void> {
  const folder = poolFolder(home, name);
  const ids = await vmsIn(folder);
  const removing = removedPool(home, name);
  await rm(removing, { recursive: true, force: true });
  await removeSockets(home, poolSocket(name), ...ids.map(controlSocket));
  await rename(folder, removing);
  await rm(removing, { recursive: true, force: true });
}

/**
 * Stops a pool: ends its idle VMs and removes it. Boxes in its other VMs go on.
 * @throws BoxError no-such-pool, pool-running if it is still starting, launch-failed if its keeper neither answers nor can be killed
 */
export async function stopPool(context: Context, name: string): Promise<void> {
  const { home } = context;
  const keeper = await connectToKeeper(home, name);
  if (keeper) {
    const isAlive = (await askKeeper(keeper, { op: "status" }, ANSWER_MS)) !== undefined;
    const answer = isAlive ? await askKeeper(keeper, { op: "stop" }, STOP_MS) : undefined;
    const isLeft = !hasEnded(keeper);
    keeper.destroy();
    if (answer?.event === "stopped") return;
    if (isLeft) await killKeeper(home, name);
  }
  await checkPool(home, name);
  if (await hasKeeper(home, name))
    throw new BoxError("pool-running", `pool ${name} is still starting`, { hint: "try again" });
  await removeRest(context, name);
}
