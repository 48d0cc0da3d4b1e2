import { BoxError } from "../../errors.js";
import type { Image } from "../image.js";
import type { PullEvent } from "../pull/event.js";
import type { Platform } from "../../config/syntax/platform.js";
import type { Verify } from "../verify/verify.js";
import { explainWriteFailure } from "../../host/write-failure.js";
import { badArchive } from "./bad-archive.js";
import { storeFromArchive, lazyWorkspace } from "./store-image.js";
import type { Contents } from "./contents.js";
import { readDockerArchive } from "./docker-archive.js";
import { readLayout } from "./layout.js";
import { openContents } from "./open.js";
import { formatFileReference, type FileReference } from "../../config/syntax/file-reference.js";
import { selectImage } from "./select.js";
import type { Archive } from "./source.js";
import type { Store } from "../store/store.js";

async function readArchive(
  store: Store,
  transport: FileReference["transport"],
  contents: Contents,
): Promise<Archive> {
  const [file, read] =
    transport === "docker-archive" ? ["manifest.json", readDockerArchive] : ["index.json", readLayout];
  const archive = await read(store, contents);
  if (archive) return archive;
  throw badArchive(contents.what, `it has no ${file}, which ${transport}: requires`);
}

interface FilePullOptions {
  pull: "always" | "missing" | "never";
  onProgress: (event: PullEvent) => void;
  verify?: Verify | undefined;
  platform?: Platform | undefined;
  onPlatform?: ((platform: string) => void) | undefined;
}

/**
 * Pulls an image from a file or folder. It gets no name in the store: the reference is resolved again each time, so that
 * a change of the content is noticed.
 * @throws BoxError
 */
export async function pullFromFile(
  store: Store,
  reference: FileReference,
  { pull, onProgress, verify, platform, onPlatform }: FilePullOptions,
): Promise<Image> {
  const name = formatFileReference(reference);
  const workspace = lazyWorkspace(store);
  const onMissing = () => {
    if (pull !== "never") return;
    throw new BoxError("image-missing", `image ${name} is not in the store, and \`pull\` is set to never`, {
      hint: "pull it first",
      detail: { image: name },
    });
  };
  let contents: Contents | undefined;
  try {
    contents = await openContents(reference.path, workspace.need, store);
    const archive = await readArchive(store, reference.transport, contents);
    const { digest } = selectImage(archive, reference.name);
    const options = { workspace, onProgress, verify, platform, onPlatform, onMissing };
    return await storeFromArchive(store, archive, digest, name, options);
  } catch (error) {
    throw explainWriteFailure(error, store.root);
  } finally {
    await contents?.close();
    await workspace.remove();
  }
}
