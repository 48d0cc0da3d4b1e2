import { lstatSync } from "node:fs";
import { join } from "node:path";
import { BoxError } from "../errors.js";
import { runtimeFolder } from "../host/runtime-folder.js";
import type { Home } from "../host/home.js";
import type { Membership } from "../net/membership.js";
import { SWITCH_SOCKET } from "../net/named-network.js";
import { networkArguments } from "./network-arguments.js";

/**
 * Returns the options of `box-vmm launch` for the named networks of a box.
 * @param runtime private directory for sockets
 */
export function joinArguments(id: string, memberships: Membership[], runtime: string): string[] {
  if (memberships.length === 0) return [];
  const member = ["--switch", join(runtime, SWITCH_SOCKET), "--member", id];
  return [...member, ...memberships.flatMap(networkArguments)];
}

/**
 * Checks that nothing prevents the creation of the switch's socket and lock.
 * @throws BoxError runtime-folder
 */
export function checkNetworkPlace(home: Home, network: string | undefined): void {
  if (network === undefined) return;
  const socket = join(runtimeFolder(home), SWITCH_SOCKET);
  const inTheWay = [
    lstatSync(socket, { throwIfNoEntry: false })?.isDirectory() === true ? socket : undefined,
    lstatSync(`${socket}.lock`, { throwIfNoEntry: false })?.isFile() === false ? `${socket}.lock` : undefined,
  ].find((path) => path !== undefined);
  if (inTheWay === undefined) return;
  throw new BoxError("runtime-folder", `${inTheWay} exists, so network ${network} cannot be used`, {
    subject: "network",
    hint: "remove it",
  });
}
