import { surveyBoxes, type Box } from "../../vm/box/find.js";
import { isActive, isOn, listNetworks, matchNetwork } from "../../vm/network/find.js";
import type { Network } from "../../vm/network/network.js";
import type { Context } from "../context.js";

/** A network and the boxes that are running on it. */
export interface InspectedNetwork extends Network {
  boxes: Box[];
  /** Whether a box names it, running or not. */
  used: boolean;
}

/** Lists all networks, sorted by name. */
export async function list({ home, warn }: Context): Promise<Network[]> {
  return listNetworks(home, surveyBoxes(home), warn);
}

function isMember(box: Box, { name, kind }: Network): boolean {
  if (kind !== "predefined") return isOn(box, name);
  const mode = box.record.config.network;
  return name === "none" ? mode === "none" : mode === "tsi" || mode === "bridge";
}

/** Lists all networks, sorted by name, with the boxes that are running on them. */
export async function inspectAll({ home, warn }: Context): Promise<InspectedNetwork[]> {
  const survey = await surveyBoxes(home);
  const networks = await listNetworks(home, survey, warn);
  return networks.map((network) => {
    const members = survey.boxes.filter((box) => isMember(box, network));
    return { ...network, boxes: members.filter(isActive), used: members.length > 0 };
  });
}

/** Finds a network by its name, ID or unambiguous ID prefix. @throws BoxError no-such-network, ambiguous-id */
export async function inspect(context: Context, nameOrId: string): Promise<InspectedNetwork> {
  return matchNetwork(await inspectAll(context), nameOrId);
}
