import type * as z from "zod/mini";
import type { BoxConfig } from "../config/box-config.js";
import { splitRecord, type BoxRecordFields } from "../config/box-document.js";
import { parseValidBox } from "../config/parse-box.js";
import { validateDocument } from "../config/validate-document.js";
import type { CreateRequest, Engine, PullEvent } from "../engine/engine.js";
import { hostFolder, hostPath } from "./door.js";

type ConfigInput = z.input<typeof BoxConfig>;
type RecordInput = z.input<typeof BoxRecordFields>;

/** What a box is to be: the fields of a BoxConfig (docs/fields.md), in the notations that flags have, and more. */
export interface CreateOptions extends ConfigInput {
  /** What belongs to the box besides: its name, labels, user, restart policy and health check … */
  record?: RecordInput | undefined;
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
const BESIDE = new Set(["engine", "pull", "vmm", "verify", "timeoutMs", "onProgress", "signal"]);

/**
 * @param asked checked against `CREATE`
 * @throws BoxError invalid-config, and what the parsers of its values throw
 */
export async function requestOf(engine: Engine, asked: CreateOptions): Promise<CreateRequest> {
  const { pull, verify, timeoutMs } = asked;
  const settings = await engine.system.settings();
  const { record, ...config } = validateDocument({
    ...Object.fromEntries(Object.entries(asked).filter(([key]) => !BESIDE.has(key))),
    // Who did not ask for a limit gets none.
    resources: { timeout: Math.ceil((timeoutMs ?? 0) / 1000), ...asked.resources },
    cache: { ...settings.cache, ...asked.cache },
    record: { stdin: true, stdinOnce: false, init: true, ...asked.record },
  });
  const { name, vmm, options } = splitRecord(record);
  return {
    ...parseValidBox(config, options, hostFolder()),
    name,
    pull,
    vmm: asked.vmm ?? vmm,
    verify: verify === undefined ? undefined : hostPath(verify),
  };
}
