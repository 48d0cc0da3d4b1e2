import { BoxError } from "../../errors.js";
import type { Home } from "../../host/home.js";
import { surveyBoxes, type Box } from "../../vm/box/find.js";
import { isActive, isOn, listNetworks, matchNetwork } from "../../vm/network/find.js";
import type { Network } from "../../vm/network/network.js";
import { dropNetwork, recordNetworkEvent, surveyNetworks, withNetworks } from "../../vm/network/store.js";
import type { Context } from "../context.js";

/** @throws BoxError network-in-use */
function checkUnused({ id, name, kind }: Pick<Network, "id" | "name" | "kind">, boxes: readonly Box[]): void {
  const users = boxes.filter((box) => isActive(box) && isOn(box, name));
  if (users.length > 0)
    throw new BoxError(
      "network-in-use",
      `error while removing network: network ${name} id ${id} has active endpoints`,
      { hint: "stop its boxes first", detail: { boxes: users.map(({ record }) => record.name).join(" ") } },
    );
  if (kind === "implicit")
    throw new BoxError(
      "network-in-use",
      `error while removing network: network ${name} exists while a box names it`,
      {
        hint: "remove the boxes that do",
      },
    );
}

/** Finds a network to remove, readable or not. @throws BoxError no-such-network, ambiguous-id, network-predefined */
async function find(home: Home, nameOrId: string, boxes: Box[]): Promise<Network | string> {
  const survey = await surveyNetworks(home);
  if (survey.unreadable.some(({ name }) => name === nameOrId)) return nameOrId;
  const network = matchNetwork(listNetworks(survey, { boxes }), nameOrId, []);
  if (network.kind !== "predefined") return network;
  throw new BoxError("network-predefined", `${network.name} is a pre-defined network and cannot be removed`);
}

/**
 * Removes a network on which no box is running. Boxes that are not running keep its name; as with Docker, they can be
 * started once there is a network of that name again.
 * @param force tolerates a network that does not exist
 * @returns whether there was one
 * @throws BoxError no-such-network, ambiguous-id, network-predefined, network-in-use
 */
export async function remove(
  { home }: Context,
  nameOrId: string,
  { force = false }: { force?: boolean | undefined } = {},
): Promise<boolean> {
  return withNetworks(home, async () => {
    const { boxes } = await surveyBoxes(home);
    try {
      const found = await find(home, nameOrId, boxes);
      const network =
        typeof found === "string"
          ? ({ id: "", name: found, kind: "created", driver: "bridge" } as const)
          : found;
      checkUnused(network, boxes);
      await dropNetwork(home, network.name);
      recordNetworkEvent(home, "destroy", network);
      return true;
    } catch (error) {
      if (!force || !(error instanceof BoxError) || error.code !== "no-such-network") throw error;
      return false;
    }
  });
}
