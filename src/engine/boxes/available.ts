import type { BoxConfig } from "../../config/box-config.js";
import { BoxError } from "../../errors.js";

/**
 * Refuses what box knows and checks, but cannot do yet: better than to leave it out silently.
 * @throws BoxError not-available
 */
export function checkFeatures(config: BoxConfig): void {
  const asked = (
    [
      [config.tee.kind !== "none", "tee"],
      [config.pool.enabled, "pool"],
      [config.sidecar !== null, "sidecar"],
    ] as const
  ).find(([wanted]) => wanted);
  if (asked) throw new BoxError("not-available", "not available yet", { subject: asked[1] });
}
