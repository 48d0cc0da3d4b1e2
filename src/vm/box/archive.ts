import { readArchive } from "../control/client.js";
import { connectTo } from "./connect.js";
import type { Box } from "./find.js";

/**
 * A tar of a running box's files, which its agent writes: `root`, all of them as its programs see them, volumes and
 * other mounts left out; `changes`, what differs from the image, as a layer (OCI image-spec, layer.md).
 * @throws BoxError not-running, archive-failed
 */
export async function* archiveBox(box: Box, what: "root" | "changes"): AsyncGenerator<Buffer> {
  yield* readArchive(await connectTo(box), what);
}
