import { withNetwork, withoutNetwork, type ChangedNetworks } from "../../config/spec/change-networks.js";
import { BoxError } from "../../errors.js";
import { writeFileAtomic } from "../../host/files.js";
import { readJson } from "../../host/read.js";
import { boxFiles } from "../../vm/box/files.js";
import { surveyBoxes, type Box } from "../../vm/box/find.js";
import type { BoxRecord } from "../../vm/box/record.js";
import { withRecord } from "../../vm/box/record-lock.js";
import { isActive, listNetworks, matchNetwork } from "../../vm/network/find.js";
import type { Network } from "../../vm/network/network.js";
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

/** @throws BoxError not-while-running */
function refuseRunning(box: Box): void {
  if (!isActive(box)) return;
  const { name } = box.record;
  throw new BoxError("not-while-running", `box ${name} is running, and its networks cannot be changed now`, {
    hint: "stop it first",
  });
}

/** Changes the networks in a box's record. @throws BoxError, before anything is changed */
async function change(
  { home }: Context,
  box: Box,
  apply: (record: BoxRecord) => ChangedNetworks,
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
    await writeFileAtomic(path, JSON.stringify(changed));
  });
}

/** @throws BoxError no-such-network, ambiguous-id */
async function findNetwork({ home }: Context, nameOrId: string): Promise<Network> {
  return matchNetwork(await listNetworks(home, surveyBoxes(home), () => undefined), nameOrId);
}

/**
 * Adds a network to those of a box that is not running.
 * @throws BoxError no-such-box, no-such-network, ambiguous-id, not-while-running, invalid-network, flag-conflict
 */
export async function connect(
  context: Context,
  nameOrId: string,
  ref: BoxRef,
  { aliases = [], address, links = [] }: ConnectOptions = {},
): Promise<void> {
  const box = await resolveBox(context, ref);
  const { name, kind } = await findNetwork(context, nameOrId);
  if (kind === "predefined")
    throw new BoxError("flag-conflict", `a box cannot be connected to the predefined network ${name}`, {
      hint: "create a network; a box on one reaches the outside as well",
    });
  refuseRunning(box);
  const network = kind === "implicit" ? `bridge:${name}` : name;
  const added = { network, aliases: [...aliases], address: address ?? null };
  await change(context, box, (record) => withNetwork(record, added, links));
}

/**
 * Takes a network off those of a box that is not running.
 * @throws BoxError no-such-box, not-connected, not-while-running
 */
export async function disconnect(context: Context, nameOrId: string, ref: BoxRef): Promise<void> {
  const box = await resolveBox(context, ref);
  // The network may have been removed.
  const name = await findNetwork(context, nameOrId).then(
    (network) => network.name,
    () => nameOrId,
  );
  await change(context, box, (record) => {
    const changed = withoutNetwork(record, name);
    if (changed === undefined)
      throw new BoxError(
        "not-connected",
        `container ${record.id} is not connected to the network ${name.slice(0, 300)}`,
      );
    refuseRunning(box);
    return changed;
  });
}
