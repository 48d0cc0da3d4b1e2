import { abortable } from "../host/abort.js";
import type { Volume } from "../vm/volume/store.js";
import type { Context } from "./context.js";
import type { PruneFilter, PruneOptions } from "./prune-filter.js";
import type { PrunedVolumes } from "./volumes/prune.js";
import type { RemoveVolumeOptions } from "./volumes/remove.js";

export type { Volume };

/** The verbs of volumes. Each loads its own code when it is first called. */
export interface Volumes {
  /**
   * The volume of a name, made when there is none; without a name an anonymous one.
   * @throws BoxError invalid-volume-name
   */
  create: (name?: string, options?: { labels?: Record<string, string> }) => Promise<Volume>;
  /** All volumes, by name. */
  list: () => Promise<Volume[]>;
  /** @throws BoxError no-such-volume */
  find: (name: string) => Promise<Volume>;
  /** Removes a volume with all that is in it. @throws BoxError no-such-volume, volume-in-use */
  remove: (name: string, options?: RemoveVolumeOptions) => Promise<void>;
  /** Removes volumes that no box has. */
  prune: (
    filter?: Pick<PruneFilter, "fits"> & { all?: boolean | undefined },
    options?: PruneOptions,
  ) => Promise<PrunedVolumes>;
}

export function openVolumes(context: Context): Volumes {
  const { home } = context;
  return {
    create: async (...words) => (await import("./volumes/create.js")).create(context, ...words),
    list: async () => (await import("../vm/volume/store.js")).listVolumes(home),
    find: async (name) => (await import("../vm/volume/store.js")).findVolume(home, name),
    remove: async (...words) => (await import("./volumes/remove.js")).remove(context, ...words),
    prune: (...words) =>
      abortable(words[1]?.signal, async () => (await import("./volumes/prune.js")).prune(context, ...words)),
  };
}
