import { readArchive } from "../protocol/control/client.js";
import type { Archive } from "../protocol/guest/messages.js";
import type { Connect } from "../offline-session.js";

/**
 * A tar of a box's files, which its agent writes: `root`, all of them as its programs see them, volumes and
 * other mounts left out; `changes`, what differs from the image, as a layer (OCI image-spec, layer.md); `still-changes`,
 * the same, while its programs wait when they write to it.
 * @throws BoxError archive-failed
 */
export async function* archiveBox(connect: Connect, what: Archive): AsyncGenerator<Buffer> {
  yield* readArchive(await connect(), what);
}
