/** Progress of a layer. */
export interface PullEvent {
  /** Digest of the layer in the registry. */
  digest: string;
  /** Bytes received so far. */
  current: number;
  total?: number;
  phase: "waiting" | "downloading" | "done" | "exists";
}
