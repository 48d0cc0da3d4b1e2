import { BoxError, naming } from "../../errors.js";
import type { BoxConfig } from "../box-config.js";
import type { BoxOptions } from "../box-options.js";
import {
  parseAddress,
  parseAlias,
  parseLink,
  parseNetwork,
  parseNetworkText,
  type Attachment,
  type Link,
  type Network,
} from "../syntax/network.js";

/** Texts about networks, in a configuration and the options of a record. */
export interface NetworkTexts {
  config: Pick<BoxConfig, "network">;
  options: Pick<BoxOptions, "networks" | "networkAlias" | "ip" | "link">;
}

export interface NetworksSpec {
  /** A box's own connection, or its first network. */
  network: Network;
  /** All networks that the box shares with others. */
  networks: Attachment[];
  links: Link[];
  /** Whether the box has a connection to the outside that does not depend on its networks. */
  hasOwnConnection: boolean;
}

/** The texts of a box without a network. */
export const NO_NETWORK = {
  config: { network: "none" },
  options: { networks: [] as string[], networkAlias: [] as string[], ip: null, link: [] as string[] },
} satisfies NetworkTexts;

/** Maximum that the guest agent accepts (docs/protocol.md). */
const MOST = 16;

const refuse = (reason: string, subject?: string, hint?: string) =>
  new BoxError("flag-conflict", reason, { subject, hint });

function parseFurther(text: string): Attachment {
  const { mode, name, implicit, aliases, address } = naming("record.networks", () => {
    const { network, ...rest } = parseNetworkText(text);
    const { implicit = false, ...named } = parseNetwork(network);
    return { ...rest, ...named, implicit };
  });
  if (name === undefined)
    throw refuse(
      mode === "none"
        ? "container cannot be connected to multiple networks with one of the networks in private (none) mode"
        : "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
    );
  return { network: name, implicit, aliases, address };
}

/** The place of a box on its first network. @throws BoxError flag-conflict, invalid-network */
function firstOf({ name, implicit = false }: Network, { options }: NetworkTexts): Attachment | undefined {
  const aliases = naming("record.networkAlias", () => options.networkAlias.map(parseAlias));
  const address = naming("record.ip", () => (options.ip === null ? null : parseAddress(options.ip)));
  if (name !== undefined) return { network: name, implicit, aliases, address };
  const hint = "add `network` with the name of a network";
  if (aliases.length > 0)
    throw refuse("network-scoped aliases are only supported for user-defined networks", undefined, hint);
  if (address !== null)
    throw refuse("user specified IP address is supported on user defined networks only", undefined, hint);
  if (options.link.length > 0)
    throw refuse("links are only supported for user-defined networks", undefined, hint);
  return undefined;
}

/** @throws BoxError invalid-network, flag-conflict */
export function toNetworks(texts: NetworkTexts): NetworksSpec {
  const { config, options } = texts;
  const own = naming("network", () => parseNetwork(config.network));
  const links = naming("record.link", () => options.link.map(parseLink));
  const first = firstOf(own, texts);
  const further = options.networks.map(parseFurther);
  const networks = [...(first ? [first] : []), ...further];
  const twice = networks.find(({ network }, at) =>
    networks.slice(0, at).some((one) => one.network === network),
  );
  if (twice) throw refuse(`network ${JSON.stringify(twice.network)} is specified multiple times`);
  if (networks.length > MOST) throw refuse(`a box can be on at most ${MOST} networks`);
  const [main] = networks;
  const hasOwnConnection = own.name === undefined;
  if (main === undefined) return { network: own, networks, links, hasOwnConnection };
  if (own.mode === "none")
    throw refuse(
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    );
  // Networks need an interface, which the default mode may lack.
  return {
    network: { mode: "bridge", name: main.network, implicit: main.implicit },
    networks,
    links,
    hasOwnConnection,
  };
}
