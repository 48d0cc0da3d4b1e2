import type { Image } from "../../oci/image.js";
import { openPendingDisk, type PendingDisk, type PendingImage } from "../../oci/pull/pending-disk.js";
import { boxFiles } from "../../vm/box/files.js";
import type { CheckedRequest } from "./check.js";
import { awaitEnd } from "../../vm/protocol/control/client.js";
import { launchBox, type Launch } from "../../vm/launch.js";
import { discardBox, makeBox } from "./make.js";
import { IMAGE_READY } from "../../vm/protocol/control/launch-request.js";
import type { Context, Conversation } from "../context.js";

/** A box whose VM boots while its image is being pulled. Its monitor waits for a word, or for the end of this command. */
export interface EarlyStart {
  /**
   * Lets the box have its image.
   * @returns the conversation with its monitor; undefined when the VM is of no use, and nothing is left of the box then
   * @throws BoxError; nothing of the box is left then.
   */
  complete: (image: Image) => Promise<Conversation | undefined>;
  /** Removes all of it. */
  abandon: () => Promise<void>;
}

interface Begun {
  launch: Launch;
  disk: PendingDisk;
  socket: Conversation;
}

/** @returns undefined when the image's disk cannot be made yet */
async function begin(
  { home, warn }: Context,
  request: CheckedRequest,
  { image, layers }: PendingImage,
): Promise<Begun | undefined> {
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

async function end({ home }: Context, { launch, socket }: Begun): Promise<void> {
  socket.destroy();
  await awaitEnd(socket);
  await discardBox(home, launch);
}

/** Starts a box ahead of its image, in the background. */
export function startEarly(context: Context, request: CheckedRequest, pending: PendingImage): EarlyStart {
  const beginning = begin(context, request, pending);
  // Told when the image is there: what is wrong with that comes first.
  beginning.catch(() => undefined);
  return {
    complete: async (image) => {
      const begun = await beginning;
      if (!begun) return undefined;
      try {
        if (await begun.disk.complete(image)) {
          begun.socket.write(IMAGE_READY);
          return begun.socket;
        }
      } catch (error) {
        await end(context, begun);
        throw error;
      }
      await end(context, begun);
      return undefined;
    },
    abandon: async () => {
      const begun = await beginning.catch(() => undefined);
      if (begun) await end(context, begun);
    },
  };
}
