/** Which of the things that nobody needs a prune removes. */
export interface PruneFilter {
  /** Only what was made before this moment, in milliseconds since 1970. */
  until?: number | undefined;
  /** Only what has labels that fit. */
  fits: (labels: Readonly<Record<string, string>>) => boolean;
}

export interface PruneOptions {
  /** Ends it; what has been removed stays removed. */
  signal?: AbortSignal | undefined;
}

export const ALL: PruneFilter = { fits: () => true };
