import { specOf } from "../config/parse-box.js";
import type { BoxSpec } from "../config/spec.js";
import type { Attachment, Link } from "../config/syntax/network.js";
import { BoxError } from "../errors.js";
import type { Home } from "../host/home.js";
import type { Membership, NamesOn } from "../net/membership.js";
import { isHostOf, overlap, parseSubnet } from "../net/subnet.js";
import { findAmong, surveyBoxes } from "./box/find.js";
import type { BoxRecord } from "./box/record.js";
import { attachmentsOf, networkOf } from "./network/find.js";

/** Resolves links to boxes, by the names that these always have on their networks. @throws BoxError no-such-box */
async function resolveLinks(home: Home, links: readonly Link[]): Promise<Membership["links"]> {
  if (links.length === 0) return undefined;
  const survey = await surveyBoxes(home);
  return links.map(({ box, alias }) => {
    try {
      return { alias, target: findAmong(survey, box).record.id.slice(0, 12) };
    } catch (error) {
      if (!(error instanceof BoxError)) throw error;
      throw new BoxError(error.code, `could not get container for ${box}: ${error.message}`, {
        cause: error,
      });
    }
  });
}

/**
 * Checks that a network has a requested address.
 * @param subject the option at fault, unless the box was created with it
 * @throws BoxError invalid-address
 */
export function checkAddress(
  { network, subnet, address }: Pick<Membership, "network" | "subnet" | "address">,
  subject?: string,
): void {
  const parsed = parseSubnet(subnet);
  if (address === undefined || (parsed && isHostOf(parsed, address))) return;
  throw new BoxError(
    "invalid-address",
    `Invalid address ${address}: It does not belong to any of this network's subnets`,
    {
      subject,
      hint:
        subject === undefined
          ? `the subnet of network ${network} is ${subnet}: disconnect the box from it, and connect it again`
          : `use an address in ${subnet}`,
    },
  );
}

/** @throws BoxError ambiguous-id, subnet-overlap if a box could not tell two of its networks apart */
function checkDistinct(memberships: readonly Membership[]): void {
  memberships.forEach(({ network, key, subnet }, at) => {
    const mine = parseSubnet(subnet);
    const before = memberships.slice(0, at);
    const same = before.find((one) => one.key === key);
    if (same)
      throw new BoxError("ambiguous-id", `networks ${same.network} and ${network} have the same ID`, {
        hint: "a record has been copied: remove one of the networks and create it again",
      });
    const other = before.find((one) => {
      const its = parseSubnet(one.subnet);
      return mine && its && overlap(mine, its);
    });
    if (other)
      throw new BoxError("subnet-overlap", `networks ${other.network} and ${network} overlap: ${subnet}`, {
        hint: "a box cannot be on both; create one of them with another subnet",
      });
  });
}

/** The names that a box has on all its networks. */
function ownNames({ id, name, guest }: Pick<BoxRecord, "id" | "name" | "guest">): string[] {
  return [name, guest.hostname, id.slice(0, 12)];
}

function namesOf(own: readonly string[], { aliases }: Pick<Attachment, "aliases">): string[] {
  return [...new Set([...own, ...aliases])];
}

/**
 * @param own names of the box on all its networks
 * @param subject of errors about its addresses
 */
async function resolve(
  home: Home,
  { networks, links }: Pick<BoxSpec, "networks" | "links">,
  own: readonly string[],
  subject?: string,
): Promise<Membership[]> {
  const linked = await resolveLinks(home, links);
  const memberships = await Promise.all(
    networks.map(async (attachment): Promise<Membership> => {
      const { id, name, subnet, gateway } = await networkOf(home, attachment);
      const address = attachment.address ?? undefined;
      checkAddress({ network: name, subnet, address }, subject);
      return {
        ...{ network: name, key: id, subnet, gateway, address },
        names: namesOf(own, attachment),
        ...(linked ? { links: linked } : {}),
      };
    }),
  );
  checkDistinct(memberships);
  return memberships;
}

/**
 * Resolves the networks of a box for a start.
 * @throws BoxError no-such-network, invalid-address, subnet-overlap, no-such-box, and those of networks that cannot be read
 */
export async function membershipsOf(home: Home, record: BoxRecord): Promise<Membership[]> {
  const spec = specOf(record);
  if (spec.networks.length === 0) return [];
  return resolve(home, spec, ownNames(record));
}

/** Returns the names of a box on each of its networks. @throws BoxError no-such-network, and those of unreadable networks */
export async function namesOnNetworks(home: Home, record: BoxRecord): Promise<NamesOn[]> {
  return Promise.all(
    attachmentsOf(record).map(async (attachment) => {
      const { id, name } = await networkOf(home, attachment);
      return { network: name, key: id, names: namesOf(ownNames(record), attachment) };
    }),
  );
}

/** Checks that a box could be on its networks now. @throws BoxError as `membershipsOf` */
export async function checkMemberships(home: Home, spec: BoxSpec): Promise<void> {
  // Boxes to link to may be created in the meantime.
  await resolve(home, { ...spec, links: [] }, [], "record.ip");
}
