import type { Context, Conversation } from "../context.js";
import type { Image } from "../../oci/image.js";
import type { Store } from "../../oci/store/store.js";
import { BoxError } from "../../errors.js";
import { launchBox, type NextStart } from "../../vm/launch.js";
import { awaitStart } from "./await-start.js";
import { checkRequest, type CheckedRequest } from "./check.js";
import { create } from "./create.js";
import { imageFor, sidecarImageFor, withImages } from "./image.js";
import { joinWorkload, type AttachOptions } from "./join.js";
import { discardBox, makeBox } from "./make.js";
import type { Created, CreateOptions, CreateRequest } from "./request.js";
import type { EarlyStart } from "./early-start.js";
import type { Session } from "./session.js";

/** A box that has been created and is starting. */
export interface Running extends Created {
  /** Attaches to its program. */
  attach: (options?: AttachOptions) => Session;
  /** Instead of attaching, waits until its program is running. @throws BoxError if it could not be started */
  started: (signal?: AbortSignal) => Promise<void>;
}

async function loadAndStart(
  ...args: Parameters<typeof import("./early-start.js").startEarly>
): Promise<EarlyStart> {
  const { startEarly } = await import("./early-start.js");
  return startEarly(...args);
}

/** While the box starts, writes the plan that was asked for. Without it, the next run is slower, but the same. */
async function planAgain(...args: Parameters<typeof import("../plan/make.js").makePlan>): Promise<void> {
  try {
    const { makePlan } = await import("../plan/make.js");
    await makePlan(...args);
  } catch {
    // Such as a full disk.
  }
}

/** A box that has been launched. */
interface Launched {
  id: string;
  conversation: Conversation;
}

/** Runs a box in a VM of a pool. @returns undefined if the pool has none for it */
async function launchInPool(
  context: Context,
  request: CheckedRequest,
  image: Image,
  options: CreateOptions,
): Promise<Launched | undefined> {
  if (!request.spec.pool.enabled) return undefined;
  const { claimVm, handOver } = await import("../pools/claim.js");
  const vm = await claimVm(context, request, image, options);
  if (!vm) return undefined;
  const { id, socket, abandon, shape } = vm;
  try {
    const own = { ...request, identity: { ...request.identity, id } };
    const made = await makeBox(context.home, own, image, { signal: options.signal, hasVm: true });
    const next = [handOver(vm, { ...made, attach: options.attach })];
    if (options.plan)
      void planAgain(context.home, { request: own, record: made.record, next, shape }, options.plan);
  } catch (error) {
    abandon();
    throw error;
  }
  return { id, conversation: socket };
}

async function launch(
  context: Context,
  store: Store,
  request: CheckedRequest,
  options: CreateOptions,
): Promise<Launched> {
  const { home, warn } = context;
  const { id } = request.identity;
  let early: Promise<EarlyStart> | undefined;
  const image = await imageFor(context, store, request, options, (pending) => {
    // The image disk of a box with a sidecar has both images, whole.
    if (!request.spec.pool.enabled && request.spec.sidecar === null)
      early = loadAndStart(context, request, pending, options.attach);
  }).catch(async (error: unknown) => {
    await (await early)?.abandon();
    throw error;
  });
  const running = await (await early)?.complete(image);
  if (running) return { id, conversation: running };
  const pooled = await launchInPool(context, request, image, options);
  if (pooled) return pooled;
  const sidecar = await sidecarImageFor(context, store, request, options);
  const made = await makeBox(home, request, image, { sidecar, signal: options.signal });
  const onSpawned = (next: readonly NextStart[]) => {
    // The next run may find a VM in the pool.
    if (options.plan && !request.spec.pool.enabled)
      void planAgain(home, { request, record: made.record, next }, options.plan);
  };
  try {
    return { id, conversation: await launchBox(home, { ...made, attach: options.attach, onSpawned }, warn) };
  } catch (error) {
    await discardBox(home, made);
    throw error;
  }
}

/** Errors about ports and networks: as in Docker, what cannot be started has been created. */
const KEPT: ReadonlySet<string> = new Set([
  ...["port-in-use", "no-such-network", "invalid-address", "network-failed"],
]);

/**
 * Creates a box and starts it. If the image has to be pulled, the VM boots during the pull.
 * @throws BoxError; no part of the box is left behind, unless `onKept` is called
 */
export async function run(
  context: Context,
  request: CreateRequest,
  options: CreateOptions = {},
): Promise<Running> {
  try {
    return await createAndStart(context, request, options);
  } catch (error) {
    if (!options.onKept || !(error instanceof BoxError) || !KEPT.has(error.code)) throw error;
    // The first error is reported even if the box cannot be created either.
    const kept = await create(context, request, options).catch(() => undefined);
    options.signal?.throwIfAborted();
    if (kept) await options.onKept(kept);
    throw error;
  }
}

async function createAndStart(
  context: Context,
  request: CreateRequest,
  options: CreateOptions,
): Promise<Running> {
  const checked = await checkRequest(context, request, true);
  const { id, conversation } = await withImages(context, checked, options.signal, (store) =>
    launch(context, store, checked, options),
  ).catch(async (error: unknown) => {
    const { withMeantPool } = await import("../pools/meant.js");
    throw await withMeantPool(context, checked.spec, error);
  });
  return {
    ...{ ...checked.identity, id },
    attach: (options) => joinWorkload(conversation, checked, options),
    started: (signal) => awaitStart(context, conversation, signal),
  };
}
