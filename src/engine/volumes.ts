import { abortable } from "../host/abort.js";
import type { Volume } from "../vm/volume/store.js";
import type { Context } from "./context.js";
import type { PruneFilter, PruneOptions } from "./prune-filter.js";
import type { PrunedVolumes } from "./volumes/prune.js";
import type { RemoveVolumeOptions } from "./volumes/remove.js";

export type { Volume };

/** Operations on volumes. Each loads its own code on first use. */
export interface Volumes {
  /**
   * Returns the volume with this name, creating it if necessary; without a name, creates an anonymous volume.
   * @throws BoxError invalid-volume-name
   */
  create: (name?: string, options?: { labels?: Record<string, string> }) => Promise<Volume>;
  /** Lists all volumes, sorted by name. */
  list: () => Promise<Volume[]>;
  /** Finds a volume by name. @throws BoxError no-such-volume */
  find: (name: string) => Promise<Volume>;
  /** Removes a volume and its contents. @throws BoxError no-such-volume, volume-in-use */
  remove: (name: string, options?: RemoveVolumeOptions) => Promise<void>;
  /** Removes volumes that no box uses. */
  prune: (
    filter?: Pick<PruneFilter, "fits"> & { all?: boolean | undefined },
    options?: PruneOptions,
  ) => Promise<PrunedVolumes>;
}

export function openVolumes(context: Context): Volumes {
  const { home } = context;
  return {
    create: async (...args) => (await import("./volumes/create.js")).create(context, ...args),
    list: async () => (await import("../vm/volume/store.js")).listVolumes(home),
    find: async (name) => (await import("../vm/volume/store.js")).findVolume(home, name),
    remove: async (...args) => (await import("./volumes/remove.js")).remove(context, ...args),
    prune: (...args) =>
      abortable(args[1]?.signal, async () => (await import("./volumes/prune.js")).prune(context, ...args)),
  };
}
