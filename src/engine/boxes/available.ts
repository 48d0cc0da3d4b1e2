import type { BoxSpec } from "../../config/spec.js";
import { BoxError } from "../../errors.js";

/**
 * Refuses fields that box parses but does not support yet, rather than ignoring them silently.
 * @throws BoxError not-available
 */
export function checkFeatures(spec: Pick<BoxSpec, "tee">): void {
  if (spec.tee.kind !== "none") throw new BoxError("not-available", "not available yet", { subject: "tee" });
}
