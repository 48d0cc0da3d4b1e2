import { badLayer } from "./bad-layer.js";

/** The maxima of an image. */
const MOST = {
  /** Steps for merging the layers; large images need about ten million, which take a second. */
  steps: 100_000_000,
  /** Files and directories, including missing parents that are created. */
  inodes: 2_000_000,
};

/**
 * Limits the cost of an image. Links that lead through links, whiteouts that empty the same directory over and over,
 * and paths that create thousands of directories each could otherwise keep a pull busy for days, or use up all memory.
 */
export interface MergeBudget {
  /** @throws BoxError `bad-layer` */
  spend(steps: number): void;
  /** Counts another file or directory. @throws BoxError `bad-layer` */
  addInode(): void;
}

export function createMergeBudget(most = MOST): MergeBudget {
  let steps = 0;
  let inodes = 0;
  return {
    spend(more) {
      steps += more;
      if (steps > most.steps)
        throw badLayer(`resolving links, whiteouts and deep paths takes more than ${most.steps} steps`);
    },
    addInode() {
      if (++inodes > most.inodes)
        throw badLayer(`the image has more than ${most.inodes} files and directories`);
    },
  };
}
