import type { Platform } from "../../config/syntax/platform.js";

export type Stream = "stdin" | "stdout" | "stderr";

/** Flags of commands that create a box, as parsed by commander; only those that do more than set a field. */
export interface BoxFlags {
  /** `run`: streams to attach to instead of all. */
  attach?: Stream[];
  detach?: boolean;
  cidfile?: string;
  config?: string;
  /** False: `--disable-content-trust=false`. */
  disableContentTrust?: boolean;
  dryRun?: boolean;
  format?: "json";
  platform?: Platform;
  /** True: without a name. */
  pool?: unknown;
  pull?: "always" | "missing" | "never";
  quiet?: boolean;
  verify?: string;
  /** False: `--no-healthcheck`. */
  healthcheck: boolean;
  healthCmd?: string[];
  healthInterval?: number;
  healthTimeout?: number;
  healthRetries?: number;
  healthStartPeriod?: number;
  sidecarEnv?: [string, string][];
  sidecarPort?: number;
}
