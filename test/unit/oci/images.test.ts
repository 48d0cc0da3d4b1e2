// @module-tag registry
import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parsePlatform } from "../../../src/config/syntax/platform.js";
import type { PullEvent } from "../../../src/oci/pull/event.js";
import {
  DOCKER,
  makeImage,
  makeIndex,
  makeTar,
  pushImage,
  sha256,
  type TestImage,
} from "../../registry/image.js";
import { bundleProduct, type Product } from "../../registry/product.js";
import { startRegistry, type Registry } from "../../registry/registry.js";

let registry: Registry;
let product: Product;
let home: string;
const before = process.env["BOX_HOME"];

beforeAll(async () => {
  [registry, product] = await Promise.all([startRegistry(), bundleProduct()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([registry.stop(), product.remove()]);
  process.env["BOX_HOME"] = before;
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-images-"));
  process.env["BOX_HOME"] = home;
});
afterEach(() => rm(home, { recursive: true, force: true }));

const tars = Array.from({ length: 5 }, (_, i) =>
  makeTar({ [`file${i}`]: `content ${i} `.repeat(10_000 * (i + 1)), shared: `from layer ${i}` }),
);
const image = makeImage(tars, { created: "2026-01-02T03:04:05Z", config: { Cmd: ["serve"], Env: ["A=1"] } });

/** Pushes under a unique name. */
let names = 0;
async function push(what: Parameters<typeof pushImage>[3], tag = "latest"): Promise<string> {
  const name = `test/image${names++}`;
  await pushImage(registry.host, name, tag, what);
  return `${registry.host}/${name}`;
}

async function ensure(
  reference: string,
  pull: "always" | "missing" | "never" = "missing",
  { platform }: { platform?: string } = {},
) {
  const events: PullEvent[] = [];
  const result = await product.ensureStored(reference, {
    pull,
    platform: platform === undefined ? undefined : parsePlatform(platform),
    onProgress: (event) => events.push(event),
  });
  return { image: result, events };
}

const hex = (digest: string) => digest.slice(7);
const tarOf = (diffId: string) => join(home, "layers", `${hex(diffId)}.tar`);

describe("a pull from a registry", () => {
  it.each([
    ["an OCI image with gzip layers", makeImage(tars)],
    ["an OCI image with plain layers", makeImage(tars, { compress: (tar) => tar, layerSuffix: "" })],
    ["a Docker image", makeImage(tars, { types: DOCKER })],
    ["an image with the same layer twice", makeImage([...tars.slice(0, 2), ...tars.slice(0, 2)])],
    ["an image with one layer", makeImage(tars.slice(0, 1))],
    ["an image with empty layers", makeImage([...tars.slice(0, 2), Buffer.alloc(1024), Buffer.alloc(0)])],
    ["an image with nothing but an empty layer", makeImage([Buffer.alloc(1024)])],
    ["an image without layers", makeImage([])],
  ])("adds all of %s to the store", async (_, what) => {
    const reference = await push(what);
    const { image: found } = await ensure(reference);
    expect(found).toMatchObject({
      reference: `${reference}:latest`,
      digest: what.digest,
      id: what.configDigest,
      platform: "linux/amd64",
      config: { Cmd: ["true"] },
    });
    for (const diffId of what.diffIds) {
      const tar = await readFile(tarOf(diffId));
      // An empty layer has a file of one block, because a disk cannot have an empty extent.
      expect(sha256(diffId === sha256(Buffer.alloc(0)) ? tar.subarray(512) : tar)).toBe(diffId);
    }
    const disk = await readFile(found.disk, "utf8");
    for (const diffId of what.diffIds) expect(disk).toContain(tarOf(diffId));
    const folder = join(home, "images", hex(what.digest));
    expect(disk).toContain(join(folder, "index.erofs"));
    expect((await readFile(join(folder, "manifest.json"))).equals(what.manifest)).toBe(true);
    expect(sha256(await readFile(join(folder, "config.json")))).toBe(what.configDigest);
    expect(await readdir(join(home, "tmp"))).toEqual([]);
  });

  it("reports the progress and size of every layer", async () => {
    const { events } = await ensure(await push(image));
    for (const { digest, size } of image.layers) {
      const own = events.filter((event) => event.digest === digest);
      expect(own[0]).toEqual({ digest, current: 0, total: size, phase: "waiting" });
      expect(own.at(-1)).toEqual({ digest, current: size, total: size, phase: "done" });
    }
  });

  it("only fetches layers that no image in the store has", async () => {
    await ensure(await push(image));
    const more = makeImage([...tars, makeTar({ more: "x" })]);
    const { events } = await ensure(await push(more));
    expect(events.filter(({ phase }) => phase === "exists").map(({ digest }) => digest)).toEqual(
      image.layers.map(({ digest }) => digest),
    );
    expect(events.filter(({ phase }) => phase === "done").length).toBe(1);
  });

  it("by digest returns that image, and remembers it", async () => {
    const reference = `${await push(image)}@${image.digest}`;
    expect((await ensure(reference)).image).toMatchObject({ reference, digest: image.digest });
    expect((await ensure(reference, "never")).image.digest).toBe(image.digest);
  });

  it("selects the image for this platform from an index, even a nested one", async () => {
    const arm = makeImage(tars.slice(0, 1), { architecture: "arm64" });
    const attestation = makeImage([], { edit: (manifest) => ({ ...manifest, layers: [] }) });
    const inner = makeIndex([
      { image: arm, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      { image: attestation, platform: { os: "unknown", architecture: "unknown" } },
      { image, platform: { os: "linux", architecture: "amd64" } },
    ]);
    expect((await ensure(await push(inner))).image.digest).toBe(image.digest);
    const outer = makeIndex([{ image: inner }]);
    expect((await ensure(await push(outer))).image.digest).toBe(image.digest);
  });

  it("for a platform that the image does not have lists the available ones", async () => {
    const arm = makeImage(tars.slice(0, 1), { architecture: "arm64" });
    const only = makeIndex([
      { image: arm, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      { image: arm, platform: { os: "windows", architecture: "amd64" } },
    ]);
    await expect(ensure(await push(only))).rejects.toMatchObject({
      code: "platform-missing",
      hint: "available platforms: linux/arm64/v8, windows/amd64",
    });
    await expect(ensure(await push(arm), "missing", { platform: "linux/amd64" })).rejects.toMatchObject({
      code: "platform-missing",
      hint: "available platforms: linux/arm64",
    });
  });

  it("of an image that does not exist fails", async () => {
    await expect(ensure(`${registry.host}/test/nothing`)).rejects.toMatchObject({ code: "image-not-found" });
    const reference = await push(image);
    await expect(ensure(`${reference}:other`)).rejects.toMatchObject({ code: "image-not-found" });
    expect(await readdir(join(home, "tmp")).catch(() => [])).toEqual([]);
  });
});

describe("an image in the store", () => {
  let reference: string;
  beforeEach(async () => {
    reference = await push(image);
    await ensure(reference);
  });

  it("needs no registry if pull is missing or never", async () => {
    for (const pull of ["missing", "never"] as const) {
      const { image: found, events } = await ensure(reference, pull);
      expect(found).toMatchObject({ digest: image.digest, config: { Cmd: ["serve"], Env: ["A=1"] } });
      expect(events).toEqual([]);
    }
  });

  it("is found by every form of its name, and by no other", async () => {
    expect((await ensure(`${reference}:latest`, "never")).image.digest).toBe(image.digest);
    await expect(ensure(`${reference}:other`, "never")).rejects.toMatchObject({
      code: "image-missing",
      message: expect.stringContaining(`${reference}:other`) as string,
    });
  });

  it("is found by its ID, with and without sha256:, whole or shortened, but not by another one", async () => {
    const digits = hex(image.configDigest);
    for (const id of [digits, `sha256:${digits}`, digits.slice(0, 12), `sha256:${digits.slice(0, 12)}`])
      for (const pull of ["missing", "never"] as const)
        expect((await ensure(id, pull)).image).toMatchObject({ reference: id, digest: image.digest });
    const unknown = "0".repeat(64);
    for (const id of [unknown, `sha256:${unknown}`])
      await expect(ensure(id)).rejects.toMatchObject({ code: "no-such-image" });
    await expect(ensure("0123456789ab", "never")).rejects.toMatchObject({ code: "image-missing" });
  });

  it("is found by a name before another is found by its ID", async () => {
    const other = await push(makeImage(tars.slice(0, 1)));
    const { image: expected } = await ensure(other);
    const name = hex(image.configDigest).slice(0, 12);
    await product.tagImage(other, name);
    expect((await ensure(name)).image.digest).toBe(expected.digest);
    expect((await ensure(`sha256:${name}`)).image.digest).toBe(image.digest);
  });

  it("is not used by its ID if it is damaged", async () => {
    const [layer = ""] = image.diffIds;
    await truncate(tarOf(layer), 512);
    await expect(ensure(image.configDigest)).rejects.toMatchObject({
      code: "image-missing",
      message: expect.stringContaining(tarOf(layer)) as string,
    });
  });

  it("follows its tag if pull is always, and stays the same if pull is missing", async () => {
    const next = makeImage([...tars.slice(0, 3), makeTar({ next: "x" })]);
    await pushImage(registry.host, reference.slice(registry.host.length + 1), "latest", next);
    expect((await ensure(reference)).image.digest).toBe(image.digest);
    expect((await ensure(reference, "always")).image.digest).toBe(next.digest);
    expect((await ensure(reference)).image.digest).toBe(next.digest);
    const listed = await product.listImages();
    expect(listed.map(({ repository, tag, id }) => ({ repository, tag, id }))).toEqual([
      { repository: reference, tag: "latest", id: next.configDigest },
      { repository: "<none>", tag: undefined, id: image.configDigest },
    ]);
  });

  it("is listed with its size and time", async () => {
    const [listed] = await product.listImages();
    expect(listed).toMatchObject({
      repository: reference,
      tag: "latest",
      id: image.configDigest,
      created: "2026-01-02T03:04:05Z",
    });
    expect(listed?.size).toBeGreaterThan(tars.reduce((sum, { length }) => sum + length, 0));
  });

  const first = image.diffIds[0] ?? "";
  const imageFile = (name: string) => join(home, "images", hex(image.digest), name);
  it.each<[string, () => Promise<unknown>]>([
    ["a layer is missing", () => rm(tarOf(first))],
    ["a layer is truncated", () => truncate(tarOf(first), 512)],
    ["its index is missing", () => rm(imageFile("index.erofs"))],
    ["its disk is empty", () => truncate(imageFile("disk.vmdk"))],
    ["its record is damaged", () => writeFile(imageFile("image.json"), '{"id":')],
    ["its tag is damaged", () => writeFile(join(home, "tags", reference.replaceAll("/", "+"), "latest"), "")],
  ])("is refused with pull never, and repaired with pull missing, if %s", async (_, damage) => {
    await damage();
    await expect(ensure(reference, "never")).rejects.toMatchObject({ code: "image-missing" });
    const { image: found } = await ensure(reference);
    expect(sha256(await readFile(tarOf(first)))).toBe(first);
    expect((await stat(found.disk)).size).toBeGreaterThan(0);
    expect((await ensure(reference, "never")).image.digest).toBe(image.digest);
  });

  it("does not provide a layer with a damaged list of entries to another image", async () => {
    const entries = tarOf(first).replace(/tar$/, "idx");
    const data = await readFile(entries);
    data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 1;
    await writeFile(entries, data);
    const other = makeImage([tars[0] ?? Buffer.alloc(0), makeTar({ other: "x" })]);
    const { events } = await ensure(await push(other));
    expect(events.filter(({ phase }) => phase === "done").length).toBe(2);
  });

  it("is assembled again without fetching its layers if the store was moved", async () => {
    const moved = `${home}-moved`;
    await rename(home, moved);
    process.env["BOX_HOME"] = moved;
    try {
      const { image: found, events } = await ensure(reference);
      expect(events.every(({ phase }) => phase === "exists")).toBe(true);
      expect(await readFile(found.disk, "utf8")).not.toContain(`${home}/`);
    } finally {
      await rm(moved, { recursive: true, force: true });
    }
  });
});

it("a store that cannot be written to is named in the error", async () => {
  await writeFile(join(home, "file"), "");
  process.env["BOX_HOME"] = join(home, "file", "store");
  await expect(ensure(await push(image))).rejects.toThrow(join(home, "file", "store"));
});

describe("an image with", () => {
  const refused: [string, TestImage, string][] = [
    [
      "another artifact's type",
      makeImage(tars.slice(0, 1), {
        edit: ({ config, ...rest }) => ({
          ...rest,
          config: { ...config, mediaType: "application/vnd.cncf.helm.config.v1+json" },
        }),
      }),
      "not-an-image",
    ],
    [
      "a diffID that does not match its layer",
      makeImage(tars.slice(0, 2), { diffIds: [sha256(Buffer.from("x")), sha256(Buffer.from("y"))] }),
      "digest-mismatch",
    ],
    ["fewer diffIDs than layers", makeImage(tars.slice(0, 2), { diffIds: [] }), "bad-image"],
    [
      "a layer that is not a tar",
      makeImage([tars[0] ?? Buffer.alloc(0), Buffer.alloc(4096, "not a tar file")]),
      "bad-layer",
    ],
    [
      "a layer that is not valid gzip data",
      makeImage(tars.slice(0, 2), { compress: (tar) => gzipSync(tar).fill(7, 100, 200) }),
      "bad-layer",
    ],
  ];
  it.each(refused)("%s is refused and not added to the store", async (_, what, code) => {
    const reference = await push(what);
    await expect(ensure(reference)).rejects.toMatchObject({ code });
    expect(await product.listImages()).toEqual([]);
    expect(await readdir(join(home, "tmp"))).toEqual([]);
    for (const name of await readdir(join(home, "layers")).catch(() => [])) {
      const file = join(home, "layers", name);
      if (name.endsWith(".tar")) expect(sha256(await readFile(file))).toBe(`sha256:${name.slice(0, 64)}`);
    }
  });
});
