import { lstatSync } from "node:fs";
import { join } from "node:path";
import { BoxError } from "../errors.js";
import { runtimeFolder } from "../host/runtime-folder.js";
import { specOf } from "../config/parse-box.js";
import { subnetOf, switchSocket } from "../net/named-network.js";
import type { BoxRecord } from "./box/record.js";
import type { Home } from "../host/home.js";

/**
 * Returns the options of `box-vmm launch` for a named network, including the box's names on it.
 * @param runtime private directory for sockets
 */
export function joinArguments(record: BoxRecord, runtime: string): string[] {
  const { id, name, guest } = record;
  const { name: network } = specOf(record).network;
  if (network === undefined) return [];
  return [
    ...["--network", join(runtime, switchSocket(network)), "--subnet", subnetOf(network)],
    ...[name, guest.hostname, id.slice(0, 12)].flatMap((known) => ["--network-name", known]),
  ];
}

/**
 * Checks that nothing prevents the creation of a named network's socket and lock.
 * @throws BoxError runtime-folder
 */
export function checkNetworkPlace(home: Home, network: string | undefined): void {
  if (network === undefined) return;
  const socket = join(runtimeFolder(home), switchSocket(network));
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
