import type { BoxSpec } from "../../config/spec.js";
import { BoxError } from "../../errors.js";

/**
 * Refuses what box knows and checks, but cannot do yet: better than to leave it out silently.
 * @throws BoxError not-available
 */
export function checkFeatures(spec: Pick<BoxSpec, "tee" | "pool" | "sidecar">): void {
  const asked = (
    [
      [spec.tee.kind !== "none", "tee"],
      [spec.pool.enabled, "pool"],
      [spec.sidecar !== null, "sidecar"],
    ] as const
  ).find(([wanted]) => wanted);
  if (asked) throw new BoxError("not-available", "not available yet", { subject: asked[1] });
}
