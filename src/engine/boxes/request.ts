import type { BoxInput, ParsedBox } from "../../config/parse-box.js";
import type { Platform } from "../../config/syntax/platform.js";
import type { PullEvent, PullStep } from "../../oci/pull/event.js";
import type { Driver } from "../../vm/drivers/driver.js";
import type { Attach } from "../../vm/protocol/control/client.js";
import type { AskedPlan } from "../plan/asked.js";

/** Parameters for creating a box that are not part of its configuration. */
export interface CreateParameters {
  /** Name of the box (default: a random one). */
  name?: string | undefined;
  /** The VMM to use (default: the first that works on this host). */
  vmm?: Driver["name"] | undefined;
  /** When to pull the image (default: `missing`). */
  pull?: "always" | "missing" | "never" | undefined;
  /**
   * Platform of the image (default: the host's, or else that of the image that is here or the only one, with a warning).
   */
  platform?: Platform | undefined;
  /** A policy file for image signatures, or a public key (default: the policy in the settings). */
  verify?: string | undefined;
}

/** A request whose configuration a door has already parsed. */
export type ParsedRequest = ParsedBox & CreateParameters;

/** A request to create a box, with its configuration in Docker's syntax or already parsed. */
export type CreateRequest = ParsedRequest | (BoxInput & CreateParameters & { spec?: undefined });

export interface CreateOptions {
  /** Called with the progress of each layer that is pulled. */
  onProgress?: ((event: PullEvent) => void) | undefined;
  onStep?: ((step: PullStep) => void) | undefined;
  /** Called with the reason why the box boots a VM although it is to take one from a pool. */
  onMiss?: ((reason: string) => void) | undefined;
  /** Called when the image is available, before any part of the box exists. */
  onImage?: (() => void) | undefined;
  /**
   * For `run`: called with a box whose ports cannot be published, or which cannot join its networks. As in Docker, it is kept like one of `create`; without
   * this callback, no part of it is left behind.
   */
  onKept?: ((box: Created) => Promise<void> | void) | undefined;
  /**
   * For `run`: the caller will attach to the program. Otherwise, a caller that attaches misses the output of a program that
   * is faster than it.
   */
  attach?: Attach | undefined;
  /** For `run`: the plan that the native client asks for. */
  plan?: AskedPlan | undefined;
  /** Aborts, unless the box has already been created (with `run`: launched). */
  signal?: AbortSignal | undefined;
}

/** A newly created box. */
export interface Created {
  id: string;
  name: string;
}
