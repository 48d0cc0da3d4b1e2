import { withNetwork, withoutNetwork, type ChangedNetworks } from "../../config/spec/change-networks.js";
import { BoxError } from "../../errors.js";
import { writeFileAtomic } from "../../host/files.js";
import { readJson } from "../../host/read.js";
import { boxFiles } from "../../vm/box/files.js";
import { surveyBoxes, type Box } from "../../vm/box/find.js";
import { changeMembership } from "../../vm/box/networks.js";
import type { BoxRecord } from "../../vm/box/record.js";
import { withRecord } from "../../vm/box/record-lock.js";
import { checkAddress, membershipsOf } from "../../vm/memberships.js";
import { isActive, isOn, listNetworks, matchNetwork } from "../../vm/network/find.js";
import type { Network } from "../../vm/network/network.js";
import { recordNetworkEvent, surveyNetworks } from "../../vm/network/store.js";
import { resolveBox } from "../boxes/resolve.js";
import type { BoxRef, Context } from "../context.js";

export interface ConnectOptions {
  /** Additional names of the box on the network. */
  aliases?: readonly string[] | undefined;
  /** Requested IPv4 address (default: any). */
  address?: string | undefined;
  /** `BOX[:ALIAS]`: other boxes on the network, and how this box knows them. */
  links?: readonly string[] | undefined;
}

/** A change of a box's record that is under way. */
interface Change {
  current: BoxRecord;
  changed: BoxRecord;
  write: (record: BoxRecord) => Promise<void>;
}

/**
 * Changes the networks in a box's record, and those of a running box. A box must never be on a network that its record does
 * not name, even if the command is killed: nobody could see it there, or disconnect it.
 * @param apply throws before anything is changed
 * @param make makes the change; if it fails, the record is unchanged
 */
async function change(
  { home }: Context,
  box: Box,
  apply: (record: BoxRecord) => ChangedNetworks,
  make: (change: Change) => Promise<void>,
): Promise<void> {
  const path = boxFiles(box.folder).record;
  await withRecord(home, box.record.id, async () => {
    // Reread it: another command may have written it in the meantime.
    const current = (await readJson(path)) as BoxRecord;
    const { network, options } = apply(current);
    const changed = {
      ...current,
      config: { ...current.config, network },
      options: { ...current.options, ...options },
    };
    await make({ current, changed, write: (record) => writeFileAtomic(path, JSON.stringify(record)) });
  });
}

/** @throws BoxError no-such-network, ambiguous-id, store-unreadable, newer-version */
async function findNetwork({ home }: Context, nameOrId: string): Promise<Network> {
  const [survey, boxes] = await Promise.all([surveyNetworks(home), surveyBoxes(home)]);
  return matchNetwork(listNetworks(survey, boxes), nameOrId, survey.unreadable);
}

/** Whether a change concerns a running box too. @throws BoxError not-while-running if it cannot be changed now */
function isChangeable(box: Box, network: string): boolean {
  if (!isActive(box)) return false;
  if (box.state.status === "running" && isOn(box, network)) return true;
  const { name } = box.record;
  throw new BoxError(
    "not-while-running",
    `box ${name} is running, and cannot be disconnected from ${network} now`,
    { hint: "stop it first" },
  );
}

/** Lets a running box join a network. @throws BoxError already-connected, no-interface, network-failed */
async function enter({ home }: Context, box: Box, network: string, changed: BoxRecord): Promise<void> {
  if (!isActive(box)) return;
  if (isOn(box, network))
    throw new BoxError(
      "already-connected",
      `endpoint with name ${box.record.name} already exists in network ${network}`,
    );
  const membership = (await membershipsOf(home, changed)).find((one) => one.network === network);
  if (membership) await changeMembership(home, box, { enter: membership });
}

/**
 * Adds a network to those of a box, immediately if it is running and on a network already.
 * @throws BoxError no-such-box, no-such-network, ambiguous-id, invalid-network, invalid-address, flag-conflict,
 *   already-connected, no-interface, network-failed
 */
export async function connect(
  context: Context,
  nameOrId: string,
  ref: BoxRef,
  { aliases = [], address, links = [] }: ConnectOptions = {},
): Promise<void> {
  const box = await resolveBox(context, ref);
  const network = await findNetwork(context, nameOrId);
  const { name, kind } = network;
  if (kind === "predefined")
    throw new BoxError("flag-conflict", `a box cannot be connected to the predefined network ${name}`, {
      hint: "create a network; a box on one reaches the outside as well",
    });
  const text = kind === "implicit" ? `bridge:${name}` : name;
  const added = { network: text, aliases: [...aliases], address: address ?? null };
  await change(
    context,
    box,
    (record) => {
      const changed = withNetwork(record, added, links);
      checkAddress({ network: name, subnet: network.subnet, address }, "record.ip");
      return changed;
    },
    async ({ current, changed, write }) => {
      await write(changed);
      await enter(context, box, name, changed).catch(async (error: unknown) => {
        await write(current);
        throw error;
      });
    },
  );
  if (isActive(box)) recordNetworkEvent(context.home, "connect", network, { container: box.record.id });
}

/**
 * Takes a network off those of a box, immediately if it is running.
 * @throws BoxError no-such-box, not-connected, not-while-running
 */
export async function disconnect(context: Context, nameOrId: string, ref: BoxRef): Promise<void> {
  const { home } = context;
  const box = await resolveBox(context, ref);
  // The network may have been removed.
  const network = await findNetwork(context, nameOrId).catch(() => undefined);
  const { name, id: key } = network ?? { name: nameOrId, id: "" };
  const apply = (record: BoxRecord) => {
    const changed = withoutNetwork(record, name);
    if (changed !== undefined) return changed;
    throw new BoxError(
      "not-connected",
      `container ${record.id} is not connected to the network ${name.slice(0, 300)}`,
    );
  };
  await change(context, box, apply, async ({ changed, write }) => {
    if (isChangeable(box, name)) await changeMembership(home, box, { leave: { network: name, key } });
    await write(changed);
  });
  if (network) recordNetworkEvent(home, "disconnect", network, { container: box.record.id });
}
