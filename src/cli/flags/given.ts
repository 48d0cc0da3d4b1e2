/** Flags of commands that make a box, as commander hands them over: those that are more than a field's value. */
export interface BoxFlags {
  detach?: boolean;
  cidfile?: string;
  config?: string;
  dryRun?: boolean;
  format?: "json";
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
}
