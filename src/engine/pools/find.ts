import type { Socket } from "node:net";
import { BoxError } from "../../errors.js";
import type { Home } from "../../host/home.js";
import { heldLocks } from "../../vm/box/lock.js";
import { connectToSocket } from "../../vm/protocol/control/client.js";
import { poolFiles, poolFolder, poolNames, poolSocket } from "../../vm/pool/files.js";
import { askKeeper, type PoolStatus } from "../../vm/pool/messages.js";

/** @throws BoxError no-such-pool, with the names of all pools */
export async function checkPool(home: Home, name: string): Promise<void> {
  const names = await poolNames(home);
  if (names.includes(name)) return;
  throw new BoxError("no-such-pool", `no such pool: ${name}`, {
    hint: names.length === 0 ? undefined : `the pools are ${names.join(", ")}`,
    detail: { pool: name },
  });
}

/** For a keeper that does not answer. */
export function unanswered(name: string): BoxError {
  return new BoxError("launch-failed", `the keeper of pool ${name} does not answer`, {
    hint: `continue its process (keeper ${name}) if it is stopped, or kill it, and try again`,
  });
}

/** Whether a keeper has ended, rather than not answered. */
export const hasEnded = (keeper: Socket) => keeper.readableEnded || keeper.destroyed;

/**
 * Asks a keeper for the status of its pool.
 * @returns undefined if it ends instead
 * @throws BoxError launch-failed if it does not answer in time
 */
export async function askStatus(
  keeper: Socket,
  name: string,
  limitMs: number,
): Promise<PoolStatus | undefined> {
  const answer = await askKeeper(keeper, { op: "status" }, limitMs);
  if (answer === undefined && !hasEnded(keeper)) throw unanswered(name);
  return answer?.event === "status" ? answer.status : undefined;
}

/** Connects to the keeper of a pool; undefined if it is not running. Errors show as the end of the stream. */
export async function connectToKeeper(home: Home, name: string): Promise<Socket | undefined> {
  const keeper = await connectToSocket(home, poolSocket(name));
  return keeper?.on("error", () => undefined);
}

/** Whether a pool has a keeper, which may not be ready yet. */
export async function hasKeeper(home: Home, name: string): Promise<boolean> {
  const { lock } = poolFiles(poolFolder(home, name));
  return (await heldLocks(home, [lock])).has(lock);
}
