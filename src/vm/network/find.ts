import { toNetworks } from "../../config/spec/networks.js";
import type { Attachment } from "../../config/syntax/network.js";
import { BoxError } from "../../errors.js";
import type { Home } from "../../host/home.js";
import type { Box, Survey } from "../box/find.js";
import type { BoxRecord } from "../box/record.js";
import { implicitNetwork, predefinedNetworks, type Network } from "./network.js";
import { readNetwork, surveyNetworks, type NetworkSurvey } from "./store.js";

/** Maximum number of networks that a message names. */
const MOST_NAMES = 5;

/** The networks that a box names. Empty if another version of box wrote something that this one cannot read. */
export function attachmentsOf(record: Pick<BoxRecord, "config" | "options">): Attachment[] {
  try {
    return toNetworks(record).networks;
  } catch {
    return [];
  }
}

export function isOn({ record }: Pick<Box, "record">, network: string): boolean {
  return attachmentsOf(record).some((one) => one.network === network);
}

/** Whether a box holds its place on a network: it is running, or about to be restarted. */
export function isActive({ state }: Box): boolean {
  return state.status === "running" || state.status === "restarting";
}

export function noSuchNetwork(name: string): BoxError {
  return new BoxError("no-such-network", `network ${name.slice(0, 300)} not found`);
}

/**
 * Returns the network of an attachment.
 * @throws BoxError no-such-network, store-unreadable, newer-version
 */
export async function networkOf(home: Home, { network, implicit }: Attachment): Promise<Network> {
  const found = await readNetwork(home, network);
  if (found) return found;
  if (implicit) return implicitNetwork(network);
  // As with Docker, a network may be given by its ID.
  const { networks, unreadable } = await surveyNetworks(home);
  return matchNetwork(networks, network, unreadable);
}

/** Networks that exist only because boxes name them. */
function implicitNetworks(boxes: readonly Box[], created: readonly string[]): Network[] {
  const since = new Map<string, string>();
  for (const { record } of boxes)
    for (const { network, implicit } of attachmentsOf(record)) {
      if (!implicit || created.includes(network)) continue;
      const earlier = since.get(network);
      if (earlier === undefined || record.createdAt < earlier) since.set(network, record.createdAt);
    }
  return [...since].map(([name, createdAt]) => implicitNetwork(name, createdAt));
}

/** Lists all networks, sorted by name: those that have been created, predefined ones, and those that boxes name. */
export function listNetworks(
  { networks, unreadable }: NetworkSurvey,
  { boxes }: Pick<Survey, "boxes">,
): Network[] {
  const created = [...networks, ...unreadable].map(({ name }) => name);
  return [...predefinedNetworks(), ...networks, ...implicitNetworks(boxes, created)].sort((one, other) =>
    one.name < other.name ? -1 : 1,
  );
}

/** Finds a network by its name, ID or unambiguous ID prefix. @throws BoxError ambiguous-id */
export function findNetwork<T extends Pick<Network, "id" | "name">>(
  networks: readonly T[],
  nameOrId: string,
): T | undefined {
  const named = networks.find(({ name }) => name === nameOrId);
  if (named) return named;
  const [match, ...others] = networks.filter(({ id }) => id.startsWith(nameOrId));
  if (match === undefined || others.length === 0) return match;
  // A record that has been copied has the ID of another.
  const isCopied = others.every(({ id }) => id === match.id);
  const names = [match, ...others.slice(0, MOST_NAMES)].map(({ name }) => name);
  throw new BoxError(
    "ambiguous-id",
    `network ${nameOrId} is ambiguous (${others.length + 1} matches found based on ID prefix)`,
    {
      hint: isCopied ? `use a name: ${names.join(", ")}` : "use a longer prefix or the name of the network",
    },
  );
}

/**
 * Finds a network by its name, ID or unambiguous ID prefix.
 * @param unreadable networks that can be found by their names only
 * @throws BoxError no-such-network, ambiguous-id; the error of a network that cannot be read
 */
export function matchNetwork<T extends Network>(
  networks: readonly T[],
  nameOrId: string,
  unreadable: NetworkSurvey["unreadable"],
): T {
  if (nameOrId === "") throw new BoxError("invalid-network", "invalid network name or ID: value is empty");
  const damaged = unreadable.find(({ name }) => name === nameOrId);
  if (damaged) throw damaged.error;
  const found = findNetwork(networks, nameOrId);
  if (found) return found;
  throw noSuchNetwork(nameOrId);
}
