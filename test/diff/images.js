// The images that cases use, the same for both sides, as one archive that `docker load` reads: a small busybox, and images
// on top of it that differ in their configuration.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { buildImages } from "../images/build.js";
import { file, folder, MADE_AT, writeTar } from "../images/tree.js";

/** @typedef {{ tags: string[], config?: { Env?: string[], [key: string]: unknown }, files?: Record<string, string> }} Image */

/** @type {Image[]} */
const IMAGES = [
  { tags: ["busybox:latest", "busybox:1.35"] },
  // A tool: the words after the image are its arguments.
  { tags: ["tool:latest"], config: { Entrypoint: ["echo", "tool"], Cmd: ["by", "default"] } },
  {
    tags: ["web:latest", "web:2.0"],
    config: {
      Cmd: ["httpd", "-f", "-p", "80", "-h", "/srv"],
      Env: ["COLOR=blue", "EMPTY="],
      ExposedPorts: { "80/tcp": {}, "53/udp": {} },
      Labels: { tier: "front", "org.example.version": "2.0" },
      StopSignal: "SIGKILL",
      WorkingDir: "/srv",
    },
    files: { "srv/index.html": "<p>it works</p>\n" },
  },
  {
    tags: ["example/db:14"],
    config: {
      Entrypoint: ["/bin/sh", "-c"],
      Cmd: ["sleep 1000"],
      User: "1000:1000",
      Volumes: { "/data": {}, "/var/log/db": {} },
      Healthcheck: { Test: ["CMD-SHELL", "test -e /tmp/ready"], Interval: 1_000_000_000, Retries: 2 },
      Labels: { tier: "back" },
    },
  },
];

/** @param {Buffer | string} data */
const hexOf = (data) => createHash("sha256").update(data).digest("hex");

/** The layer and configuration of the busybox of the end-to-end tests. */
async function readBusybox() {
  const { busybox: layout = "" } = await buildImages(["busybox"]);
  const blob = (/** @type {string} */ digest) =>
    readFileSync(join(layout, "blobs", "sha256", digest.slice(7)));
  const json = (/** @type {Buffer} */ data) => /** @type {unknown} */ (JSON.parse(data.toString()));
  const index = /** @type {{ manifests: { digest: string }[] }} */ (
    json(readFileSync(join(layout, "index.json")))
  );
  const manifest = /** @type {{ config: { digest: string }, layers: { digest: string }[] }} */ (
    json(blob(index.manifests[0]?.digest ?? ""))
  );
  const { config } = /** @type {{ config: { Env: string[] } }} */ (json(blob(manifest.config.digest)));
  return { config, layer: gunzipSync(blob(manifest.layers[0]?.digest ?? "")) };
}

/**
 * @param {Image} image
 * @param {{ config: { Env: string[] }, layer: Buffer }} busybox
 * @param {Map<string, Buffer>} files of the archive, added to
 * @param {number} number days that the image is younger than the first: lists begin with the youngest
 */
function addImage({ tags, config = {}, files: own }, busybox, files, number) {
  /** @type {import("../images/tree.js").Tree} */
  const tree = new Map();
  for (const [path, text] of Object.entries(own ?? {})) {
    tree.set(dirname(path), folder());
    tree.set(path, file(text));
  }
  const layers = [busybox.layer, ...(own === undefined ? [] : [writeTar(tree)])];
  const Env = [...busybox.config.Env, ...(config.Env ?? [])];
  const image = JSON.stringify({
    created: new Date(MADE_AT.getTime() + number * 86_400_000).toISOString(),
    architecture: "amd64",
    os: "linux",
    config: { ...busybox.config, ...config, Env },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => `sha256:${hexOf(layer)}`) },
    history: layers.map((_, i) => ({ created: MADE_AT.toISOString(), created_by: `layer ${i + 1}` })),
  });
  for (const layer of layers) files.set(`${hexOf(layer)}/layer.tar`, layer);
  files.set(`${hexOf(image)}.json`, Buffer.from(image));
  return {
    Config: `${hexOf(image)}.json`,
    RepoTags: tags,
    Layers: layers.map((layer) => `${hexOf(layer)}/layer.tar`),
  };
}

/** Returns all names of the images. */
export const TAGS = IMAGES.flatMap(({ tags }) => tags);

/**
 * @param {string} build folder
 * @returns {Promise<string>} path of the archive, whose name depends on its recipe
 */
export async function writeArchive(build) {
  const busybox = await readBusybox();
  const recipe = hexOf(hexOf(busybox.layer) + hexOf(readFileSync(import.meta.filename)));
  const path = join(build, `images-${recipe.slice(0, 12)}.tar`);
  if (existsSync(path)) return path;
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  const manifest = IMAGES.map((image, i) => addImage(image, busybox, files, i));
  /** @type {import("../images/tree.js").Tree} */
  const tree = new Map();
  for (const [name, data] of files) {
    if (name.includes("/")) tree.set(dirname(name), folder());
    tree.set(name, file(data));
  }
  tree.set("manifest.json", file(JSON.stringify(manifest)));
  mkdirSync(build, { recursive: true });
  writeFileSync(`${path}.new`, writeTar(tree));
  renameSync(`${path}.new`, path);
  return path;
}
