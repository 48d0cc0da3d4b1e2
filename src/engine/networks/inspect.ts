import { surveyBoxes, type Box } from "../../vm/box/find.js";
import { isActive, isOn, listNetworks, matchNetwork } from "../../vm/network/find.js";
import type { Network } from "../../vm/network/network.js";
import { surveyNetworks, type NetworkSurvey } from "../../vm/network/store.js";
import type { Context } from "../context.js";

/** A network and the boxes that are running on it. */
export interface InspectedNetwork extends Network {
  boxes: Box[];
  /** Whether a box names it, running or not. */
  used: boolean;
}

type Warn = Context["warn"];

function warnOfUnreadable({ unreadable }: NetworkSurvey, warn: Warn): void {
  for (const { name, error } of unreadable) warn(`network ${name}: ${error.message}`);
}

/** Lists all networks, sorted by name. */
export async function list({ home, warn }: Context): Promise<Network[]> {
  const [survey, boxes] = await Promise.all([surveyNetworks(home), surveyBoxes(home)]);
  warnOfUnreadable(survey, warn);
  return listNetworks(survey, boxes);
}

function isMember(box: Box, { name, kind }: Network): boolean {
  if (kind !== "predefined") return isOn(box, name);
  const mode = box.record.config.network;
  return name === "none" ? mode === "none" : mode === "tsi" || mode === "bridge";
}

function withBoxes(network: Network, boxes: readonly Box[]): InspectedNetwork {
  const members = boxes.filter((box) => isMember(box, network));
  return { ...network, boxes: members.filter(isActive), used: members.length > 0 };
}

/** Lists all networks, sorted by name, with the boxes that are running on them. */
export async function inspectAll({ home, warn }: Context): Promise<InspectedNetwork[]> {
  const [survey, boxes] = await Promise.all([surveyNetworks(home), surveyBoxes(home)]);
  warnOfUnreadable(survey, warn);
  return listNetworks(survey, boxes).map((network) => withBoxes(network, boxes.boxes));
}

/**
 * Finds a network by its name, ID or unambiguous ID prefix.
 * @throws BoxError no-such-network, ambiguous-id, store-unreadable, newer-version
 */
export async function inspect({ home }: Context, nameOrId: string): Promise<InspectedNetwork> {
  const [survey, boxes] = await Promise.all([surveyNetworks(home), surveyBoxes(home)]);
  const network = matchNetwork(listNetworks(survey, boxes), nameOrId, survey.unreadable);
  return withBoxes(network, boxes.boxes);
}
