import type * as z from "zod/mini";
import type { BoxConfig } from "../config/box-config.js";
import { splitRecord, type BoxRecordFields } from "../config/box-document.js";
import { parseValidBox } from "../config/parse-box.js";
import { validateDocument } from "../config/validate-document.js";
import { parseLinuxPlatform } from "../config/syntax/platform.js";
import { naming } from "../errors.js";
import type { CreateRequest, Engine, PullEvent } from "../engine/engine.js";
import { hostFolder, hostPath } from "./door.js";

type ConfigInput = z.input<typeof BoxConfig>;
type RecordInput = z.input<typeof BoxRecordFields>;

/** Options for creating a box: the fields of a BoxConfig (docs/fields.md), in the notation of the flags, and more. */
export interface CreateOptions extends ConfigInput {
  /** Further properties of the box: name, labels, user, restart policy, health check … */
  record?: RecordInput | undefined;
  /** The engine to create the box in (default: the engine of this process's environment). */
  engine?: Engine | undefined;
  /** When to pull the image (default: `missing`). */
  pull?: CreateRequest["pull"];
  /** The VMM to use (default: the first that works on this host). */
  vmm?: CreateRequest["vmm"];
  /** Platform of the image, such as `linux/arm64` (default: this host's, if the image has it). */
  platform?: string | undefined;
  /** A policy file for image signatures, or a public key (default: the policy in the settings). */
  verify?: string | undefined;
  /** Time after which the box is stopped: `resources.timeout`, in milliseconds. */
  timeoutMs?: number | undefined;
  /** Called with the progress of each layer that is pulled. */
  onProgress?: ((event: PullEvent) => void) | undefined;
  /** Aborts the creation; no part of the box is left behind. */
  signal?: AbortSignal | undefined;
}

/** Fields of `CreateOptions` that are not part of the box's configuration. */
const OTHER_OPTIONS = new Set([
  "engine",
  "pull",
  "platform",
  "vmm",
  "verify",
  "timeoutMs",
  "onProgress",
  "signal",
]);

/**
 * @param given already checked against `CREATE`
 * @throws BoxError invalid-config, and errors of the parsers of its values
 */
export async function requestOf(engine: Engine, given: CreateOptions): Promise<CreateRequest> {
  const { pull, platform, verify, timeoutMs } = given;
  const settings = await engine.system.settings();
  const { record, ...config } = validateDocument({
    ...Object.fromEntries(Object.entries(given).filter(([key]) => !OTHER_OPTIONS.has(key))),
    // No time limit unless one is given.
    resources: { timeout: Math.ceil((timeoutMs ?? 0) / 1000), ...given.resources },
    cache: { ...settings.cache, ...given.cache },
    record: { stdin: true, stdinOnce: false, init: true, ...given.record },
  });
  const { name, vmm, options } = splitRecord(record);
  return {
    ...parseValidBox(config, options, hostFolder()),
    name,
    pull,
    platform: platform === undefined ? undefined : naming("platform", () => parseLinuxPlatform(platform)),
    vmm: given.vmm ?? vmm,
    verify: verify === undefined ? undefined : hostPath(verify),
  };
}
