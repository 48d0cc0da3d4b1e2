// Creates the images that bench/pull.js pulls, reproducibly and with content like a real image's.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Header } from "tar";

/** A small, fast generator of reproducible random numbers (xorshift32). @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/**
 * Copies earlier bytes to `at`.
 * @param {Buffer} buffer
 * @param {number} at
 * @param {number} length maximum, in bytes
 * @param {number} back how far before `at` they begin
 * @returns how many bytes were copied
 */
function repeat(buffer, at, length, back) {
  const from = Math.max(0, at - 1 - back);
  return buffer.copy(buffer, at, from, Math.min(from + length, at));
}

/**
 * Writes content like a real image's: text, machine code and data that is already compressed; gzip leaves about 36 %.
 * @param {Buffer} buffer
 * @param {string | undefined} kind
 * @param {() => number} next
 */
function fill(buffer, kind, next) {
  if (kind === "packed") {
    for (let i = 0; i + 4 <= buffer.length; i += 4) buffer.writeUInt32LE(next(), i);
  } else if (kind === "text") {
    for (let i = 0; i < buffer.length;) {
      if (i > 200 && next() % 4 === 0) i += repeat(buffer, i, 8 + (next() % 40), next() % 20_000);
      else {
        const word = WORDS[Math.min(next() % WORDS.length, next() % WORDS.length)] ?? "";
        i += buffer.write(word, i, "latin1") || buffer.length;
      }
    }
  } else {
    for (let i = 0; i < buffer.length;) {
      if (i > 64 && next() % 2 === 0) i += repeat(buffer, i, 6 + (next() % 40), next() % 16_384);
      else {
        const end = Math.min(i + 2 + (next() % 12), buffer.length);
        while (i < end) buffer[i++] = next() % 3 ? next() & 0x3f : next() & 0xff;
      }
    }
  }
}

const KINDS = ["text", "code", "code", "text", "code", "text", "code", "text", "code", "packed"];

const words = numbers(7);
const WORDS = Array.from({ length: 4000 }, () => {
  const length = 2 + (words() % 9);
  return `${Array.from({ length }, () => String.fromCharCode(97 + (words() % 26))).join("")} `;
});

/** @param {string} path @param {number} size @param {boolean} folder */
function tarHeader(path, size, folder) {
  const block = Buffer.alloc(512);
  const [type, mode] = folder
    ? /** @type {const} */ (["Directory", 0o755])
    : /** @type {const} */ (["File", 0o644]);
  new Header({ path, size, type, mode, uid: 0, gid: 0, mtime: new Date(1_700_000_000_000) }).encode(block);
  return block;
}

/**
 * Creates a layer's tar archive: files from a few bytes to a few megabytes, 40 per directory.
 * @param {number} index
 * @param {number} bytes
 */
function makeLayer(index, bytes) {
  const next = numbers(1000 + index);
  const parts = [];
  let written = 0;
  for (let count = 0; written < bytes; count++) {
    const folder = `layer${index}/folder${Math.floor(count / 40)}/`;
    if (count === 0) parts.push(tarHeader(`layer${index}/`, 0, true));
    if (count % 40 === 0) parts.push(tarHeader(folder, 0, true));
    const roll = next() % 100;
    const size = roll < 60 ? next() % 8192 : roll < 95 ? next() % 131072 : next() % 4_000_000;
    const data = Buffer.alloc(size);
    fill(data, KINDS[next() % KINDS.length], next);
    parts.push(tarHeader(`${folder}file${count}`, size, false), data, Buffer.alloc(-size & 511));
    written += 512 + size + (-size & 511);
  }
  parts.push(Buffer.alloc(1024));
  return Buffer.concat(parts);
}

/** @param {unknown} value */
const json = (value) => Buffer.from(JSON.stringify(value));

/**
 * Creates an OCI image layout with one image, tagged `latest`, unless it already exists.
 * @param {string} layout its directory
 * @param {{ seed: number, megabytes: number }[]} layers layers of one seed and size are the same
 */
export async function makeImage(layout, layers) {
  if (existsSync(join(layout, "index.json"))) return;
  const blobs = join(layout, "blobs", "sha256");
  await rm(layout, { recursive: true, force: true });
  await mkdir(blobs, { recursive: true });
  /** @param {Buffer} data @param {string} mediaType */
  const put = async (data, mediaType) => {
    const hex = createHash("sha256").update(data).digest("hex");
    await writeFile(join(blobs, hex), data);
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  };
  const descriptors = [];
  const diffIds = [];
  for (const { seed, megabytes } of layers) {
    const tar = makeLayer(seed, megabytes * 1e6);
    diffIds.push(`sha256:${createHash("sha256").update(tar).digest("hex")}`);
    descriptors.push(await put(gzipSync(tar), "application/vnd.oci.image.layer.v1.tar+gzip"));
  }
  const config = await put(
    json({
      os: "linux",
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      config: { Cmd: ["true"] },
      rootfs: { type: "layers", diff_ids: diffIds },
    }),
    "application/vnd.oci.image.config.v1+json",
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await put(json({ schemaVersion: 2, mediaType, config, layers: descriptors }), mediaType);
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "latest" } };
  await writeFile(join(layout, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  await writeFile(join(layout, "index.json"), json({ schemaVersion: 2, manifests: [named] }));
}
