// Writes an image as an OCI layout directory (OCI image specification, image-layout.md).
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MADE_AT } from "./tree.js";

/** @typedef {{ tar: Buffer, gzip: Buffer }} PackedLayer */

/** @param {Buffer} data */
const digest = (data) => `sha256:${createHash("sha256").update(data).digest("hex")}`;

/**
 * @param {string} folder is created; must not exist
 * @param {PackedLayer[]} layers
 * @param {{ config: object, platform?: { architecture: string, variant?: string } }} image
 */
export async function writeLayout(folder, layers, { config, platform = { architecture: "amd64" } }) {
  const blobs = join(folder, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (/** @type {string} */ mediaType, /** @type {Buffer} */ data) => {
    const descriptor = {
      mediaType: `application/vnd.oci.image.${mediaType}`,
      digest: digest(data),
      size: data.length,
    };
    await writeFile(join(blobs, descriptor.digest.slice("sha256:".length)), data);
    return descriptor;
  };
  const json = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value));
  const image = {
    created: MADE_AT.toISOString(),
    ...platform,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: layers.map(({ tar }) => digest(tar)) },
    history: layers.map((_, i) => ({ created: MADE_AT.toISOString(), created_by: `layer ${i + 1}` })),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: await put("config.v1+json", json(image)),
    layers: await Promise.all(layers.map(({ gzip }) => put("layer.v1.tar+gzip", gzip))),
  };
  const named = {
    ...(await put("manifest.v1+json", json(manifest))),
    annotations: { "org.opencontainers.image.ref.name": "latest" },
  };
  await writeFile(join(folder, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  await writeFile(join(folder, "index.json"), json({ schemaVersion: 2, manifests: [named] }));
}
