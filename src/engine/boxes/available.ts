import type { BoxSpec } from "../../config/spec.js";
import { BoxError } from "../../errors.js";
import type { Driver } from "../../vm/drivers/driver.js";

/**
 * Refuses fields that box parses but does not support yet, rather than ignoring them silently.
 * @throws BoxError not-available
 */
export function checkFeatures(spec: Pick<BoxSpec, "tee">): void {
  if (spec.tee.kind !== "none") throw new BoxError("not-available", "not available yet", { subject: "tee" });
}

/**
 * Connections can only be redirected where the box has a network interface; TSI carries them past it.
 * @throws BoxError not-available
 */
export function checkProxy(spec: Pick<BoxSpec, "record" | "network">, driver: Driver): void {
  const { network, record } = spec;
  if (record.sidecarProxy !== "transparent" || network.mode !== "tsi") return;
  if (driver.guestNetwork({ network: network.mode })) return;
  throw new BoxError("not-available", `not available with the network \`tsi\` and ${driver.name}`, {
    subject: "record.sidecarProxy",
    hint: "choose the network `bridge`, or the proxy `http`",
  });
}
