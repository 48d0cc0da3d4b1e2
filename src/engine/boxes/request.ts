import type { BoxInput, ParsedBox } from "../../config/parse-box.js";
import type { PullEvent } from "../../oci/pull/event.js";
import type { Driver } from "../../vm/drivers/driver.js";

/** How a box is to be made. */
export interface CreateParameters {
  /** A random one unless given. */
  name?: string | undefined;
  /** The VMM that is to run it; the first that can on this host unless given. */
  vmm?: Driver["name"] | undefined;
  /** When its image is to be pulled; `missing` unless given. */
  pull?: "always" | "missing" | "never" | undefined;
  /** A policy for its image, or a public key in its place; the settings' policy unless given. */
  verify?: string | undefined;
}

/** A box that a door has specified, and how it is to be made. */
export type ParsedRequest = ParsedBox & CreateParameters;

/** What a box is to be: in Docker's notations, or as a door has specified it. */
export type CreateRequest = ParsedRequest | (BoxInput & CreateParameters & { spec?: undefined });

export interface CreateOptions {
  /** Called for each step of a layer that is being pulled. */
  onProgress?: ((event: PullEvent) => void) | undefined;
  /** Called when the image is there, before anything of the box is. */
  onImage?: (() => void) | undefined;
  /** Gives up, unless the box has been made, and for `run` launched, already. */
  signal?: AbortSignal | undefined;
}

/** A box that was made. */
export interface Created {
  id: string;
  name: string;
}
