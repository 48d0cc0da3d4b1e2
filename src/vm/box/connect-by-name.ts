import { readdir, readlink } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { connectToSocket } from "../protocol/control/client.js";
import { boxesFolder, controlSocket, namesFolder } from "./files.js";
import type { Home } from "../../host/home.js";

/** The id that a name or the beginning of an id means, if that is easily told. */
async function idOf(home: Home, nameOrId: string): Promise<string | undefined> {
  if (!/^\w[\w.-]*$/.test(nameOrId)) return undefined;
  const named = await readlink(join(namesFolder(home), nameOrId)).catch(() => undefined);
  if (named !== undefined) return named;
  const ids = await readdir(boxesFolder(home)).catch(() => []);
  const matches = ids.filter((id) => id.startsWith(nameOrId));
  return matches.length === 1 ? matches[0] : undefined;
}

/** The monitor of a box; undefined when it does not run, or is not easily found. */
export async function tryConnectByName(home: Home, nameOrId: string): Promise<Socket | undefined> {
  const id = await idOf(home, nameOrId);
  return id === undefined ? undefined : connectToSocket(home, controlSocket(id));
}

/**
 * Begins a conversation with the monitor of a box that has to run. One whose monitor answers does: neither its record
 * nor other boxes nor locks are looked at, which takes longer than all the rest of a `box exec`.
 * @param nameOrId its name, id, or unambiguous beginning of an id
 * @throws BoxError no-such-box, ambiguous-id, not-running
 */
export async function connectByName(home: Home, nameOrId: string): Promise<Socket> {
  const socket = await tryConnectByName(home, nameOrId);
  if (socket) return socket;
  const [{ findBox }, { connect }] = await Promise.all([import("./find.js"), import("./connect.js")]);
  return connect(home, await findBox(home, nameOrId));
}
