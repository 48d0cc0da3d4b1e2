import type { Socket } from "node:net";
import { BoxError } from "../../errors.js";
import type { Home } from "../../host/home.js";
import { connectToSocket } from "../../vm/protocol/control/client.js";
import { poolNames, poolSocket } from "../../vm/pool/files.js";

/** @throws BoxError no-such-pool, with the names of all pools */
export async function checkPool(home: Home, name: string): Promise<void> {
  const names = await poolNames(home);
  if (names.includes(name)) return;
  throw new BoxError("no-such-pool", `no such pool: ${name}`, {
    hint: names.length === 0 ? undefined : `the pools are ${names.join(", ")}`,
  });
}

/** Connects to the keeper of a pool; undefined if it is not running. */
export function connectToKeeper(home: Home, name: string): Promise<Socket | undefined> {
  return connectToSocket(home, poolSocket(name));
}
