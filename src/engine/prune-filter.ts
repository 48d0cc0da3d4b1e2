/** Selects which unused objects a prune removes. */
export interface PruneFilter {
  /** Only objects created before this time, in milliseconds since the epoch. */
  until?: number | undefined;
  /** Whether an object with these labels is to be removed. */
  fits: (labels: Readonly<Record<string, string>>) => boolean;
}

export interface PruneOptions {
  /** Aborts the prune; objects already removed stay removed. */
  signal?: AbortSignal | undefined;
}

export const ALL: PruneFilter = { fits: () => true };
