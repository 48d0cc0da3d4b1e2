import type { Image } from "../../oci/image.js";
import { openPendingDisk, type PendingDisk, type PendingImage } from "../../oci/pull/pending-disk.js";
import { boxFiles } from "../../vm/box/files.js";
import type { CheckedRequest } from "./check.js";
import { awaitEnd, sendAttach, type Attach } from "../../vm/protocol/control/client.js";
import { launchBox, type Launch } from "../../vm/launch.js";
import { discardBox, makeBox } from "./make.js";
import { IMAGE_READY } from "../../vm/protocol/control/launch-request.js";
import type { Context, Conversation } from "../context.js";

/** A box whose VM boots while its image is being pulled. Its monitor waits for a message or the end of this process. */
export interface EarlyStart {
  /**
   * Gives the box its image.
   * @returns the control stream to its monitor; undefined if the VM cannot be used, in which case the box is removed
   * @throws BoxError; the box is removed
   */
  complete: (image: Image) => Promise<Conversation | undefined>;
  /** Ends the VM and removes the box. */
  abandon: () => Promise<void>;
}

interface Started {
  launch: Launch;
  disk: PendingDisk;
  socket: Conversation;
}

/** @returns undefined if no disk can be created before the image has been pulled */
async function boot(
  { home, warn }: Context,
  request: CheckedRequest,
  { image, layers }: PendingImage,
): Promise<Started | undefined> {
  const launch = await makeBox(home, request, image);
  try {
    const disk = await openPendingDisk(boxFiles(launch.folder).pending, layers).catch(() => undefined);
    if (disk)
      return { launch, disk, socket: await launchBox(home, { ...launch, pendingDisk: disk.path }, warn) };
  } catch (error) {
    await discardBox(home, launch);
    throw error;
  }
  await discardBox(home, launch);
  return undefined;
}

async function end({ home }: Context, { launch, socket }: Started): Promise<void> {
  socket.destroy();
  await awaitEnd(socket);
  await discardBox(home, launch);
}

/** Starts a box in the background, before its image has been pulled. */
export function startEarly(
  context: Context,
  request: CheckedRequest,
  pending: PendingImage,
  attach: Attach | undefined,
): EarlyStart {
  const starting = boot(context, request, pending);
  // Reported by `complete`, once the image is here: errors of the pull take precedence.
  starting.catch(() => undefined);
  return {
    complete: async (image) => {
      const started = await starting;
      if (!started) return undefined;
      try {
        if (await started.disk.complete(image)) {
          started.socket.write(IMAGE_READY);
          if (attach) sendAttach(started.socket, attach);
          return started.socket;
        }
      } catch (error) {
        await end(context, started);
        throw error;
      }
      await end(context, started);
      return undefined;
    },
    abandon: async () => {
      const started = await starting.catch(() => undefined);
      if (started) await end(context, started);
    },
  };
}
