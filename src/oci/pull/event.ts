import type { Reference } from "../../config/syntax/reference.js";

/** Steps of a pull from a registry that commands report besides the progress of layers. */
export type PullStep =
  /** The image is not here, and is going to be pulled. */
  | { kind: "missing"; reference: Reference }
  /** The registry has the image, whose layers follow. */
  | { kind: "resolved"; reference: Reference }
  /** `isNew`: the reference did not refer to this image before. */
  | { kind: "pulled"; reference: Reference; digest: string; isNew: boolean };

/** Progress of a layer. */
export interface PullEvent {
  /** Digest of the layer in the registry. */
  digest: string;
  /** Bytes received so far. */
  current: number;
  total?: number;
  phase: "waiting" | "downloading" | "done" | "exists";
}
