import type { Home } from "../../host/home.js";
import { failureOf, follow, send } from "../protocol/control/client.js";
import type { NetworkChange } from "../protocol/control/wire.js";
import { connect } from "./connect.js";
import type { Box } from "./find.js";

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
