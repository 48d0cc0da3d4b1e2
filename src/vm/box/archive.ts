import { readArchive } from "../control/client.js";
import type { Archive } from "../guest/messages.js";
import { connectTo } from "./connect.js";
import type { Box } from "./find.js";

/**
 * A tar of a running box's files, which its agent writes: `root`, all of them as its programs see them, volumes and
 * other mounts left out; `changes`, what differs from the image, as a layer (OCI image-spec, layer.md); `still-changes`,
 * the same, while its programs wait when they write to it.
 * @throws BoxError not-running, archive-failed
 */
export async function* archiveBox(box: Box, what: Archive): AsyncGenerator<Buffer> {
  yield* readArchive(await connectTo(box), what);
}
