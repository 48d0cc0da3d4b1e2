import { badLayer } from "./bad-layer.js";

/** Maximum number of steps for merging the layers; large images need about ten million, which take a second. */
const MOST_STEPS = 100_000_000;
/** Maximum number of files and directories of an image, including missing parents that are created. */
const MOST_INODES = 2_000_000;

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

export function createMergeBudget(): MergeBudget {
  let steps = 0;
  let inodes = 0;
  return {
    spend(more) {
      steps += more;
      if (steps > MOST_STEPS)
        throw badLayer(`resolving links, whiteouts and deep paths takes more than ${MOST_STEPS} steps`);
    },
    addInode() {
      if (++inodes > MOST_INODES)
        throw badLayer(`the image has more than ${MOST_INODES} files and directories`);
    },
  };
}
