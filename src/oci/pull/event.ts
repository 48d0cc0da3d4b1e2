/** How a layer is getting on. */
export interface PullEvent {
  /** Of the layer, as the registry has it. */
  digest: string;
  /** Bytes that have come. */
  current: number;
  total?: number;
  phase: "waiting" | "downloading" | "done" | "exists";
}
