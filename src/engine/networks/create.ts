import { isNetworkName, isReserved } from "../../config/syntax/network.js";
import { refuseOwnProto } from "../../config/validate.js";
import { BoxError } from "../../errors.js";
import {
  chooseSubnet,
  firstHost,
  formatSubnet,
  hostSubnets,
  impossibleSubnets,
  isHostOf,
  overlap,
  OWN_SUBNET,
  parseSubnet,
  type Subnet,
} from "../../net/subnet.js";
import { surveyBoxes } from "../../vm/box/find.js";
import { isActive, isOn, listNetworks } from "../../vm/network/find.js";
import type { Network } from "../../vm/network/network.js";
import { addNetwork, nameTaken, surveyNetworks, withNetworks } from "../../vm/network/store.js";
import type { Context } from "../context.js";

export interface CreateNetworkOptions {
  /** CIDR, such as `10.89.7.0/24` (default: a free one). */
  subnet?: string | undefined;
  /** The network's own address (default: the first of the subnet). */
  gateway?: string | undefined;
  labels?: Record<string, string> | undefined;
  options?: Record<string, string> | undefined;
  /** Boxes on the network reach each other only. */
  internal?: boolean | undefined;
  /** Docker's flag, which has no effect without a swarm. */
  attachable?: boolean | undefined;
}

const LARGEST = 8;
const SMALLEST = 30;

const invalid = (reason: string, hint?: string) => new BoxError("invalid-network", reason, { hint });

/** @throws BoxError invalid-network, network-predefined */
function checkName(name: string): void {
  if (isReserved(name))
    throw new BoxError("network-predefined", `operation is not permitted on predefined ${name} network`);
  if (isNetworkName(name)) return;
  throw invalid(
    `${JSON.stringify(name.slice(0, 80))} is not a valid network name`,
    "use up to 128 letters, digits, _ . and -, beginning with a letter or digit",
  );
}

/** The subnet that the user has chosen. @throws BoxError invalid-network, subnet-overlap */
function parseChosen(text: string): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === undefined)
    throw invalid(
      `Invalid subnet ${text.slice(0, 80)} : invalid CIDR address: ${text.slice(0, 80)}`,
      "write an IPv4 subnet such as 10.89.7.0/24",
    );
  if (subnet.prefix < LARGEST || subnet.prefix > SMALLEST)
    throw invalid(`subnet ${formatSubnet(subnet)} must have a prefix from ${LARGEST} to ${SMALLEST}`);
  if (impossibleSubnets().some((other) => overlap(subnet, other)))
    throw new BoxError("subnet-overlap", `boxes cannot use the subnet ${formatSubnet(subnet)}`, {
      hint: `it contains loopback, link-local, multicast or metadata addresses, or ${OWN_SUBNET}, which every box uses`,
    });
  return subnet;
}

/** @throws BoxError invalid-network */
function placeOf({ subnet: text, gateway }: CreateNetworkOptions): { subnet?: Subnet; gateway?: string } {
  if (text === undefined) {
    if (gateway === undefined) return {};
    throw invalid("every ip-range or gateway must have a corresponding subnet");
  }
  const subnet = parseChosen(text);
  if (gateway === undefined) return { subnet };
  if (!isHostOf(subnet, gateway)) throw invalid(`no matching subnet for gateway ${gateway.slice(0, 80)}`);
  return { subnet, gateway };
}

/** @throws BoxError subnet-overlap */
function chooseFor(name: string, chosen: Subnet | undefined, taken: readonly Subnet[]): Subnet {
  if (chosen !== undefined) {
    if (!taken.some((other) => overlap(chosen, other))) return chosen;
    throw new BoxError("subnet-overlap", "Pool overlaps with other one on this address space", {
      hint: "choose another `subnet`",
    });
  }
  const found = chooseSubnet(name, [...taken, ...hostSubnets()]);
  if (found !== undefined) return found;
  throw new BoxError(
    "subnet-overlap",
    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
    { hint: "choose one with `subnet`" },
  );
}

/** Creates a network. @throws BoxError invalid-network, invalid-config, network-exists, network-predefined, subnet-overlap */
export async function create(
  context: Context,
  name: string,
  options: CreateNetworkOptions = {},
): Promise<Network> {
  checkName(name);
  const { labels = {} } = options;
  refuseOwnProto(labels, ["labels"]);
  const { home } = context;
  const { subnet: chosen, gateway } = placeOf(options);
  return withNetworks(home, async () => {
    const boxes = await surveyBoxes(home);
    const survey = await surveyNetworks(home);
    // Boxes that are already running on an implicit network of this name would not be on the new one.
    const isTaken =
      [...survey.networks, ...survey.unreadable].some((other) => other.name === name) ||
      boxes.boxes.some((box) => isActive(box) && isOn(box, name));
    if (isTaken) throw nameTaken(name);
    // Those of all others, since a box may be on several networks.
    const others = listNetworks(survey, boxes).filter((other) => other.name !== name);
    const taken = others.flatMap(({ subnet }) => parseSubnet(subnet) ?? []);
    const subnet = chooseFor(name, chosen, taken);
    const { internal = false, attachable = false } = options;
    return addNetwork(home, {
      ...{ name, labels, internal, attachable, options: options.options ?? {} },
      createdAt: new Date().toISOString(),
      subnet: formatSubnet(subnet),
      gateway: gateway ?? firstHost(subnet),
      plainSubnet: chosen !== undefined && gateway === undefined,
    });
  });
}
