import type { Home } from "../../host/home.js";
import { failureOf, follow, send } from "../protocol/control/client.js";
import type { NetworkChange } from "../protocol/control/wire.js";
import { namesOnNetworks } from "../memberships.js";
import { connect, tryConnect } from "./connect.js";
import type { Box } from "./find.js";
import type { BoxRecord } from "./record.js";

/**
 * Changes the networks of a running box, for the current run only.
 * @throws BoxError not-running, no-interface, network-failed
 */
export async function changeMembership(home: Home, box: Box, change: NetworkChange): Promise<void> {
  const socket = await connect(home, box);
  send(socket, { op: "networks", change });
  const failure = failureOf(await follow(socket, {}));
  if (failure) throw failure;
}

/**
 * Gives a box the names of its record on its networks. A box that is not running gets them when it starts.
 * @throws BoxError network-failed, and those of networks that cannot be read
 */
export async function changeNames(home: Home, box: Box, record: BoxRecord): Promise<void> {
  const names = await namesOnNetworks(home, record);
  const socket = names.length > 0 ? await tryConnect(home, box) : undefined;
  if (!socket) return;
  send(socket, { op: "names", names });
  const failure = failureOf(await follow(socket, {}));
  if (failure) throw failure;
}
