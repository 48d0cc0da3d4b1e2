import type { BoxSpec } from "../../config/spec.js";
import { BoxError } from "../../errors.js";

/**
 * Refuses fields that box parses but does not support yet, rather than ignoring them silently.
 * @throws BoxError not-available
 */
export function checkFeatures(spec: Pick<BoxSpec, "tee" | "sidecar">): void {
  const unsupported = (
    [
      [spec.tee.kind !== "none", "tee"],
      [spec.sidecar !== null, "sidecar"],
    ] as const
  ).find(([wanted]) => wanted);
  if (unsupported) throw new BoxError("not-available", "not available yet", { subject: unsupported[1] });
}
