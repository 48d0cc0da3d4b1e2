import { recordPrune } from "../../events/record.js";
import { surveyBoxes } from "../../vm/box/find.js";
import { isActive, isOn } from "../../vm/network/find.js";
import { dropNetwork, recordNetworkEvent, surveyNetworks, withNetworks } from "../../vm/network/store.js";
import type { Context } from "../context.js";
import { ALL, type PruneFilter, type PruneOptions } from "../prune-filter.js";

export interface PrunedNetworks {
  names: string[];
}

/** Removes created networks on which no box is running, as Docker does. */
export async function prune(
  { home }: Context,
  { fits, until }: PruneFilter = ALL,
  { signal }: PruneOptions = {},
): Promise<PrunedNetworks> {
  return withNetworks(home, async () => {
    const active = (await surveyBoxes(home)).boxes.filter(isActive);
    const { networks } = await surveyNetworks(home);
    const unused = networks.filter(
      ({ name, labels, createdAt }) =>
        fits(labels) &&
        (until === undefined || Date.parse(createdAt) < until) &&
        !active.some((box) => isOn(box, name)),
    );
    for (const network of unused) {
      signal?.throwIfAborted();
      await dropNetwork(home, network.name);
      recordNetworkEvent(home, "destroy", network);
    }
    recordPrune(home, "network", 0);
    return { names: unused.map(({ name }) => name) };
  });
}
