import { abortable } from "../host/abort.js";
import type { Network } from "../vm/network/network.js";
import type { BoxRef, Context } from "./context.js";
import type { ConnectOptions } from "./networks/connect.js";
import type { CreateNetworkOptions } from "./networks/create.js";
import type { InspectedNetwork } from "./networks/inspect.js";
import type { PrunedNetworks } from "./networks/prune.js";
import type { PruneFilter, PruneOptions } from "./prune-filter.js";

export type { ConnectOptions, CreateNetworkOptions, InspectedNetwork, Network };

/** Operations on networks. Each loads its own code on first use. */
export interface Networks {
  /** Creates a network. @throws BoxError invalid-network, network-exists, network-predefined, subnet-overlap */
  create: (name: string, options?: CreateNetworkOptions) => Promise<Network>;
  /** Lists all networks, sorted by name, and reports each unreadable one to `onWarning`. */
  list: () => Promise<Network[]>;
  /** Lists all networks with the boxes that are running on them. */
  inspectAll: () => Promise<InspectedNetwork[]>;
  /** Finds a network by its name, ID or unambiguous ID prefix. @throws BoxError no-such-network, ambiguous-id */
  inspect: (nameOrId: string) => Promise<InspectedNetwork>;
  /** Removes a network; returns whether there was one. @throws BoxError no-such-network, ambiguous-id, network-predefined, network-in-use */
  remove: (nameOrId: string, options?: { force?: boolean | undefined }) => Promise<boolean>;
  /** Removes created networks on which no box is running. */
  prune: (filter?: PruneFilter, options?: PruneOptions) => Promise<PrunedNetworks>;
  /** Adds a network to those of a box. @throws BoxError no-such-network, no-such-box, no-interface, network-failed */
  connect: (network: string, box: BoxRef, options?: ConnectOptions) => Promise<void>;
  /** Takes a network off those of a box. @throws BoxError no-such-box, not-connected, not-while-running */
  disconnect: (network: string, box: BoxRef) => Promise<void>;
}

export function openNetworks(context: Context): Networks {
  const connecting = () => import("./networks/connect.js");
  const inspecting = () => import("./networks/inspect.js");
  return {
    create: async (...args) => (await import("./networks/create.js")).create(context, ...args),
    list: async () => (await inspecting()).list(context),
    inspectAll: async () => (await inspecting()).inspectAll(context),
    inspect: async (...args) => (await inspecting()).inspect(context, ...args),
    remove: async (...args) => (await import("./networks/remove.js")).remove(context, ...args),
    prune: (...args) =>
      abortable(args[1]?.signal, async () => (await import("./networks/prune.js")).prune(context, ...args)),
    connect: async (...args) => (await connecting()).connect(context, ...args),
    disconnect: async (...args) => (await connecting()).disconnect(context, ...args),
  };
}
