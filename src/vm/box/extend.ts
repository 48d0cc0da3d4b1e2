import type { Home } from "../../host/home.js";
import { failureOf, follow, send } from "../protocol/control/client.js";
import { connect } from "./connect.js";
import type { Box } from "./find.js";

/**
 * Extends the timeout of a running box, for the current run only.
 * @throws BoxError not-running, no-timeout
 */
export async function extendTimeout(home: Home, box: Box, byMs: number): Promise<void> {
  const socket = await connect(home, box);
  send(socket, { op: "extend", byMs });
  const failure = failureOf(await follow(socket, {}));
  if (failure) throw failure;
}
