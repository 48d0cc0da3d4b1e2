import { readArchive } from "../protocol/control/client.js";
import type { Archive } from "../protocol/guest/messages.js";
import type { Connect } from "../offline-session.js";

/**
 * Streams a tar of a box's files, written by its agent. `root`: all files as the box's programs see them, without
 * volumes and other mounts. `changes`: the differences from the image, as a layer (OCI image-spec, layer.md).
 * `still-changes`: the same, while writes by the box's programs block.
 * @throws BoxError archive-failed
 */
export async function* archiveBox(connect: Connect, what: Archive): AsyncGenerator<Buffer> {
  yield* readArchive(await connect(), what);
}
