import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";

/**
 * Unpacks layers like `umoci unpack` (as root: owners, devices and xattrs are real).
 * @param tars uncompressed, lowest first
 * @param folder is created, for the image and its bundle
 * @returns the root filesystem's directory
 */
export async function unpackWithUmoci(tars: readonly string[], folder: string): Promise<string> {
  const image = join(folder, "image");
  await mkdir(join(image, "blobs", "sha256"), { recursive: true });
  const layers = [];
  for (const tar of tars) layers.push(await addFile(image, tar));
  const config = await addJson(image, "application/vnd.oci.image.config.v1+json", {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = await addJson(image, "application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    config,
    layers,
  });
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "latest" } };
  await writeFile(join(image, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(image, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  await promisify(execFile)("umoci", ["unpack", "--image", `${image}:latest`, join(folder, "bundle")]);
  return join(folder, "bundle", "rootfs");
}

async function addFile(image: string, tar: string) {
  const hash = createHash("sha256");
  let size = 0;
  await pipeline(createReadStream(tar), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
    }
  });
  const hex = hash.digest("hex");
  await copyFile(tar, join(image, "blobs", "sha256", hex));
  return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${hex}`, size };
}

async function addJson(image: string, mediaType: string, content: object) {
  const text = JSON.stringify(content);
  const hex = createHash("sha256").update(text).digest("hex");
  await writeFile(join(image, "blobs", "sha256", hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}
