import type * as z from "zod/mini";
import type { BoxConfig } from "../config/box-config.js";
import type { BoxOptions } from "../config/box-options.js";
import { specify } from "../config/specify.js";
import type { CreateRequest, Engine, PullEvent } from "../engine/engine.js";
import { hostFolder } from "./door.js";

type ConfigInput = z.input<typeof BoxConfig>;
type RecordInput = z.input<typeof BoxOptions>;

/** What a box is to be: the fields of a BoxConfig (docs/fields.md), in the notations that flags have, and more. */
export interface CreateOptions extends ConfigInput {
  /** What belongs to the box besides: its name, labels, user, restart policy and health check … */
  record?: (RecordInput & { name?: string | undefined }) | undefined;
  /** The engine that is to have it; by default that of this process's environment. */
  engine?: Engine | undefined;
  /** When its image is pulled; `missing` unless given. */
  pull?: CreateRequest["pull"];
  /** The VMM that is to run it; the first that can on this host unless given. */
  vmm?: CreateRequest["vmm"];
  /** A policy for the image's signatures, or a public key; the settings' policy unless given. */
  verify?: string | undefined;
  /** The box is stopped when it has run so long: `resources.timeout`, in milliseconds. */
  timeoutMs?: number | undefined;
  /** Called for each step of a layer that is being pulled. */
  onProgress?: ((event: PullEvent) => void) | undefined;
  /** Gives up; nothing of the box is left then. */
  signal?: AbortSignal | undefined;
}

/** Fields of `CreateOptions` that say nothing about what the box is. */
const BESIDE = new Set(["record", "engine", "pull", "vmm", "verify", "timeoutMs", "onProgress", "signal"]);

/** @throws BoxError invalid-config, and what the parsers of its values throw */
export async function requestOf(engine: Engine, options: CreateOptions): Promise<CreateRequest> {
  const { record = {}, pull, vmm, verify, timeoutMs, resources, cache } = options;
  const { name, ...input } = record;
  const settings = await engine.system.settings();
  const config = {
    ...(Object.fromEntries(
      Object.entries(options).filter(([key]) => !BESIDE.has(key)),
    ) as unknown as ConfigInput),
    // Who did not ask for a limit gets none.
    resources: { timeout: Math.ceil((timeoutMs ?? 0) / 1000), ...resources },
    cache: { ...settings.cache, ...cache },
  };
  const box = specify({
    config,
    options: { stdin: true, stdinOnce: false, init: true, ...input },
    cwd: hostFolder(),
  });
  return { ...box, name, pull, vmm, verify };
}
