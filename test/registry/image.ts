import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { writeMember } from "../tree/tar-writer.js";

export const sha256 = (data: Uint8Array) => `sha256:${createHash("sha256").update(data).digest("hex")}`;
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Makes a tar of regular files. Some tools write tars without an end marker. */
export function makeTar(files: Record<string, Uint8Array | string>, { end = true } = {}): Buffer {
  const parts = Object.entries(files).map(([path, content]) =>
    writeMember({ path, type: "0", mtime: 1_700_000_000, data: Buffer.from(content) }),
  );
  return Buffer.concat([...parts, ...(end ? [Buffer.alloc(1024)] : [])]);
}

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/** An image in memory, as stored in a registry. */
export interface TestImage {
  manifest: Buffer;
  digest: string;
  mediaType: string;
  configDigest: string;
  layers: Descriptor[];
  diffIds: string[];
  blobs: Map<string, Buffer>;
}

export const OCI = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
};
export const DOCKER = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  index: "application/vnd.docker.distribution.manifest.list.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar",
};

export interface TestImageOptions {
  types?: typeof OCI;
  compress?: (tar: Buffer) => Buffer;
  layerSuffix?: string;
  architecture?: string;
  os?: string;
  config?: object;
  created?: string;
  history?: object[];
  /** The configuration's diffIDs. Default: those of the layers. */
  diffIds?: string[];
  /** Changes the manifest before it is written. */
  edit?: (manifest: { config: Descriptor; layers: Descriptor[] }) => object;
}

export function makeImage(tars: Buffer[], options: TestImageOptions = {}): TestImage {
  const { types = OCI, compress = gzipSync, architecture = "amd64", os = "linux" } = options;
  const suffix = options.layerSuffix ?? (types === OCI ? "+gzip" : ".gzip");
  const blobs = new Map<string, Buffer>();
  const put = (data: Buffer, mediaType: string): Descriptor => {
    blobs.set(sha256(data), data);
    return { mediaType, digest: sha256(data), size: data.length };
  };
  const diffIds = options.diffIds ?? tars.map(sha256);
  const layers = tars.map((tar) => put(compress(tar), `${types.layer}${suffix}`));
  const config = put(
    json({
      os,
      architecture,
      ...(options.created === undefined ? {} : { created: options.created }),
      ...(options.history ? { history: options.history } : {}),
      config: options.config ?? { Cmd: ["true"] },
      rootfs: { type: "layers", diff_ids: diffIds },
    }),
    types.config,
  );
  const body = { schemaVersion: 2, mediaType: types.manifest, config, layers };
  const manifest = json(options.edit?.(body) ?? body);
  return {
    manifest,
    digest: sha256(manifest),
    mediaType: types.manifest,
    configDigest: config.digest,
    layers,
    diffIds,
    blobs,
  };
}

export interface TestIndex {
  manifest: Buffer;
  digest: string;
  mediaType: string;
  blobs: Map<string, Buffer>;
  /** The manifests and indexes that it refers to, which must be pushed before it. */
  children: (TestImage | TestIndex)[];
}

export function makeIndex(
  children: {
    image: TestImage | TestIndex;
    platform?: { os: string; architecture: string; variant?: string };
  }[],
  types = OCI,
): TestIndex {
  const manifests = children.map(({ image, platform }) => ({
    mediaType: image.mediaType,
    digest: image.digest,
    size: image.manifest.length,
    ...(platform ? { platform } : {}),
  }));
  const manifest = json({ schemaVersion: 2, mediaType: types.index, manifests });
  return {
    manifest,
    digest: sha256(manifest),
    mediaType: types.index,
    blobs: new Map(),
    children: children.map(({ image }) => image),
  };
}

async function request(
  url: string,
  method: string,
  {
    body,
    type = "application/octet-stream",
    authorization,
  }: Record<"type" | "authorization", string | undefined> & {
    body?: Buffer;
  },
) {
  const response = await fetch(url, {
    method,
    headers: { "content-type": type, ...(authorization === undefined ? {} : { authorization }) },
    ...(body ? { body: new Uint8Array(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}

/** Pushes an image, or an index and everything that it refers to (OCI distribution-spec). */
export async function pushImage(
  host: string,
  repository: string,
  tag: string,
  image: TestImage | TestIndex,
  authorization?: string,
): Promise<void> {
  const send = (url: string, method: string, body?: Buffer, type?: string) =>
    request(url, method, { type, authorization, ...(body ? { body } : {}) });
  for (const child of "children" in image ? image.children : []) {
    await pushImage(host, repository, child.digest, child, authorization);
  }
  for (const [digest, data] of image.blobs) {
    const started = await send(`http://${host}/v2/${repository}/blobs/uploads/`, "POST");
    const upload = new URL(started.headers.get("location") ?? "", `http://${host}`);
    upload.searchParams.set("digest", digest);
    await send(upload.href, "PUT", data);
  }
  await send(`http://${host}/v2/${repository}/manifests/${tag}`, "PUT", image.manifest, image.mediaType);
}
