import { abortable } from "../host/abort.js";
import type { CreateOptions } from "./boxes/request.js";
import type { Context } from "./context.js";
import type { KeeperDescriptors } from "./pools/keep.js";
import type { PoolDocument, PoolRequest } from "./pools/request.js";
import type { ListedPool, PoolStatus } from "./pools/status.js";

export type { KeeperDescriptors, ListedPool, PoolDocument, PoolRequest, PoolStatus };

/** Operations on pools of booted VMs. Each loads its own code on first use. */
export interface Pools {
  /**
   * Starts a pool, and waits until its VMs are idle. Does nothing if it runs already and is the same.
   * @returns how many VMs are idle
   * @throws BoxError pool-running (it differs), invalid-name, invalid-pool, and as `boxes.run`
   */
  start: (name: string, request: PoolRequest, options?: CreateOptions) => Promise<number>;
  /** Ends the idle VMs of a pool and removes it. @throws BoxError no-such-pool */
  stop: (name: string) => Promise<void>;
  /** Lists the pools, sorted by name. */
  list: () => Promise<ListedPool[]>;
  /** @throws BoxError no-such-pool, pool-not-running, launch-failed if its keeper does not answer */
  status: (name: string) => Promise<PoolStatus>;
  /** Keeps a pool until it is stopped: the work of the keeper process. */
  keep: (name: string, descriptors: KeeperDescriptors) => Promise<void>;
}

export function openPools(context: Context): Pools {
  return {
    start: (name, request, options) =>
      abortable(options?.signal, async () =>
        (await import("./pools/start.js")).startPool(context, name, request, options),
      ),
    stop: async (name) => (await import("./pools/stop.js")).stopPool(context, name),
    list: async () => (await import("./pools/status.js")).listPools(context),
    status: async (name) => (await import("./pools/status.js")).poolStatus(context, name),
    keep: async (...args) => (await import("./pools/keep.js")).keepPool(context, ...args),
  };
}
