import { badLayer } from "./bad-layer.js";

/** Steps of putting layers together; large images take some ten million, which is a second's work. */
const MOST_STEPS = 100_000_000;
/** Files and folders of an image, those included that are made because a path goes through them. */
const MOST_INODES = 2_000_000;

/**
 * What an image may cost. Links that lead through links, marks that empty the same folder again and again and paths
 * that make thousands of folders each would otherwise keep a pull busy for days, or take all memory.
 */
export interface MergeBudget {
  /** @throws BoxError `bad-layer` */
  spend(steps: number): void;
  /** Counts one file or folder more. @throws BoxError `bad-layer` */
  addInode(): void;
}

export function createMergeBudget(): MergeBudget {
  let steps = 0;
  let inodes = 0;
  return {
    spend(more) {
      steps += more;
      if (steps > MOST_STEPS)
        throw badLayer(`links, whiteouts and deep paths need more than ${MOST_STEPS} steps to be followed`);
    },
    addInode() {
      if (++inodes > MOST_INODES)
        throw badLayer(`the image comes to more than ${MOST_INODES} files and folders`);
    },
  };
}
