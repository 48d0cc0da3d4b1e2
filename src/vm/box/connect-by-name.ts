import { readdir, readlink } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { connectToSocket } from "../protocol/control/client.js";
import { boxesFolder, controlSocket, namesFolder } from "./files.js";
import { withoutSlash } from "./name.js";
import type { Home } from "../../host/home.js";

/** Resolves a name or ID prefix if that takes no more than looking at directory entries. */
async function idOf(home: Home, asked: string): Promise<string | undefined> {
  const nameOrId = withoutSlash(asked);
  if (!/^\w[\w.-]*$/.test(nameOrId)) return undefined;
  const named = await readlink(join(namesFolder(home), nameOrId)).catch(() => undefined);
  if (named !== undefined) return named;
  const ids = await readdir(boxesFolder(home)).catch(() => []);
  const matches = ids.filter((id) => id.startsWith(nameOrId));
  return matches.length === 1 ? matches[0] : undefined;
}

/** Connects to the monitor of a box. Returns undefined if the box is not running or not easily found. */
export async function tryConnectByName(home: Home, nameOrId: string): Promise<Socket | undefined> {
  const id = await idOf(home, nameOrId);
  return id === undefined ? undefined : connectToSocket(home, controlSocket(id));
}

/**
 * Connects to the monitor of a box that must be running. A monitor that accepts the connection is proof enough: reading
 * the record, other boxes and locks would take longer than the rest of a `box exec`.
 * @param nameOrId name, ID, or unambiguous ID prefix
 * @throws BoxError no-such-box, ambiguous-id, not-running
 */
export async function connectByName(home: Home, nameOrId: string): Promise<Socket> {
  const socket = await tryConnectByName(home, nameOrId);
  if (socket) return socket;
  const [{ findBox }, { connect }] = await Promise.all([import("./find.js"), import("./connect.js")]);
  return connect(home, await findBox(home, nameOrId));
}
