import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestImage, TestIndex } from "./image.js";

/** Writes images as an OCI layout (image-layout.md), each under its `org.opencontainers.image.ref.name`. */
export async function writeLayout(
  folder: string,
  images: Record<string, TestImage | TestIndex>,
): Promise<void> {
  const blobs = join(folder, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const put = (digest: string, data: Buffer) => writeFile(join(blobs, digest.slice("sha256:".length)), data);
  const write = async (image: TestImage | TestIndex): Promise<void> => {
    await put(image.digest, image.manifest);
    for (const [digest, data] of image.blobs) await put(digest, data);
    for (const child of "children" in image ? image.children : []) await write(child);
  };
  for (const image of Object.values(images)) await write(image);
  const manifests = Object.entries(images).map(([name, { mediaType, digest, manifest }]) => ({
    mediaType,
    digest,
    size: manifest.length,
    ...(name === "" ? {} : { annotations: { "org.opencontainers.image.ref.name": name } }),
  }));
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
}
