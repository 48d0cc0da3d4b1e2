import type { Context, Conversation } from "../context.js";
import type { Store } from "../../oci/store/store.js";
import { launchBox } from "../../vm/launch.js";
import { awaitStart } from "./await-start.js";
import { checkRequest, type CheckedRequest } from "./check.js";
import { imageFor, withImages } from "./image.js";
import { joinWorkload, type AttachOptions } from "./join.js";
import { discardBox, makeBox } from "./make.js";
import type { Created, CreateOptions, CreateRequest } from "./request.js";
import type { EarlyStart } from "./early-start.js";
import type { Session } from "./session.js";

/** A box that was made and is starting. */
export interface Running extends Created {
  /** Joins its program. */
  attach: (options?: AttachOptions) => Session;
  /** Waits, in place of joining it, until its program runs. @throws BoxError when it cannot */
  started: (signal?: AbortSignal) => Promise<void>;
}

async function start(
  ...start: Parameters<typeof import("./early-start.js").startEarly>
): Promise<EarlyStart> {
  const { startEarly } = await import("./early-start.js");
  return startEarly(...start);
}

async function launch(
  context: Context,
  store: Store,
  request: CheckedRequest,
  options: CreateOptions,
): Promise<Conversation> {
  const { home, warn } = context;
  let ahead: Promise<EarlyStart> | undefined;
  const image = await imageFor(store, request, options, (pending) => {
    ahead = start(context, request, pending);
  }).catch(async (error: unknown) => {
    await (await ahead)?.abandon();
    throw error;
  });
  const running = await (await ahead)?.complete(image);
  if (running) return running;
  const made = await makeBox(home, request, image, options.signal);
  try {
    return await launchBox(home, made, warn);
  } catch (error) {
    await discardBox(home, made);
    throw error;
  }
}

/**
 * Makes a box and starts it; its VM while its image is still being pulled, if that is so.
 * @throws BoxError; nothing of the box is left then.
 */
export async function run(
  context: Context,
  request: CreateRequest,
  options: CreateOptions = {},
): Promise<Running> {
  const checked = await checkRequest(context, request, true);
  const conversation = await withImages(context, checked, options.signal, (store) =>
    launch(context, store, checked, options),
  );
  return {
    ...checked.identity,
    attach: (options) => joinWorkload(conversation, checked, options),
    started: (signal) => awaitStart(context, conversation, signal),
  };
}
