import type { MachineFlags } from "./machine.js";
import type { NetworkFlags } from "./network.js";
import type { ProcessFlags } from "./process.js";
import type { RecordFlags } from "./record.js";
import type { ResourceFlags } from "./resources.js";
import type { SecurityFlags } from "./security.js";
import type { StorageFlags } from "./storage.js";

/** Flags that say what a box is, as commander hands them over. */
export interface BoxFlags
  extends RecordFlags, ProcessFlags, StorageFlags, NetworkFlags, ResourceFlags, SecurityFlags, MachineFlags {
  config?: string;
  dryRun?: boolean;
  format?: "json";
}
