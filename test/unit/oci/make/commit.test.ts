// @module-tag registry
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findToSave } from "../../../../src/oci/archive/find.js";
import { saveArchive } from "../../../../src/oci/archive/save.js";
import { findDescendants } from "../../../../src/oci/descendants.js";
import { readBase } from "../../../../src/oci/make/base.js";
import { commitImage, type CommitOptions } from "../../../../src/oci/make/commit.js";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { DOCKER, makeImage, makeTar, OCI, type TestImage } from "../../../registry/image.js";
import { writeLayout } from "../../../registry/layout.js";
import { bundleProduct, type Product } from "../../../registry/product.js";
import { startRegistry, type Registry } from "../../../registry/registry.js";
import { writeTar } from "../../../tree/tar-writer.js";
import { currentStore } from "../../current.js";

let product: Product;
let registry: Registry;
let folder: string;
const before = process.env["BOX_HOME"];
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  [product, registry] = await Promise.all([bundleProduct(), startRegistry()]);
}, 120_000);
afterAll(() => Promise.all([product.remove(), registry.stop()]));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-commit-"));
  process.env["BOX_HOME"] = at("home");
});
afterEach(async () => {
  process.env["BOX_HOME"] = before;
  await rm(folder, { recursive: true, force: true });
});

const skopeo = (...words: string[]) =>
  execFileSync("skopeo", ["--insecure-policy", ...words], { stdio: "pipe", encoding: "utf8" });

const lower = makeTar({ "etc/a": "a\n", "etc/gone": "x", "usr/tool": "t".repeat(5000) });
const CHANGES = writeTar([
  { path: "etc", type: "5", mode: 0o755 },
  { path: "etc/.wh.gone", type: "0" },
  { path: "etc/new", type: "0", mode: 0o600, uid: 7, data: Buffer.from("new\n") },
]);
const NOTHING = writeTar([]);

// eslint-disable-next-line @typescript-eslint/require-await -- streams are asynchronous; this one has its content
async function* stream(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

async function commit(
  image: TestImage,
  changes = CHANGES,
  options: Partial<CommitOptions> = {},
  store = at("home"),
) {
  const base = await readBase(image.digest, store);
  return commitImage(currentStore(), base, stream(changes), "the files of box web", {
    config: base.config,
    createdBy: "serve",
    author: undefined,
    message: undefined,
    name: parseReference("my:1"),
    ...options,
  });
}

async function load(image: TestImage): Promise<void> {
  await writeLayout(at("layout"), { "docker.io/team/app:1": image });
  for await (const one of product.loadArchive(at("layout"), { onProgress: () => undefined }))
    expect(one.id).toBe(image.configDigest);
}

/** Reads the committed image with skopeo and umoci. */
async function inspectCommitted(): Promise<{ config: Record<string, unknown>; files: string }> {
  const parts = [];
  const wanted = [{ word: "my:1", platforms: [] }];
  for await (const part of saveArchive(currentStore(), await findToSave(currentStore(), wanted)))
    parts.push(part);
  await writeFile(at("my.tar"), Buffer.concat(parts));
  skopeo("copy", "--quiet", `oci-archive:${at("my.tar")}`, `oci:${at("oci")}:my`);
  const config = JSON.parse(skopeo("inspect", "--raw", "--config", `oci:${at("oci")}:my`)) as Record<
    string,
    unknown
  >;
  execFileSync("umoci", ["unpack", "--rootless", "--image", `${at("oci")}:my`, at("bundle")], {
    stdio: "pipe",
  });
  const files = execFileSync("find", [".", "-type", "f", "-printf", "%P %m %s\n"], {
    cwd: join(at("bundle"), "rootfs"),
    encoding: "utf8",
  });
  return { config, files: files.split("\n").filter(Boolean).sort().join("\n") };
}

it("an image's descendants are those committed from it, under any name, and not those that share its layers", async () => {
  const image = makeImage([lower]);
  await load(image);
  const child = await commit(image, CHANGES, { name: parseReference("child:1") });
  const base = await readBase(child.digest, at("home"));
  const grandchild = await commitImage(currentStore(), base, stream(NOTHING), "nothing", {
    config: { Cmd: ["other"] },
    createdBy: "other",
    author: undefined,
    message: undefined,
    name: parseReference("grandchild:1"),
  });
  const alike = makeImage([lower, makeTar({ more: "x" })]);
  await load(alike);
  await product.tagImage(image.configDigest, "alias:1");
  const all = new Set([image.digest, child.digest, grandchild.digest]);
  for (const word of ["alias:1", image.configDigest.slice(7, 19)])
    expect(await findDescendants(currentStore(), word)).toEqual(all);
  expect(await findDescendants(currentStore(), "grandchild:1")).toEqual(new Set([grandchild.digest]));
  expect(await findDescendants(currentStore(), "nosuch")).toBeUndefined();
});

describe.each([
  ["OCI's", OCI],
  ["Docker's", DOCKER],
])("an image with %s media types and one more layer", (_, types) => {
  const image = makeImage([lower], {
    types,
    config: { Cmd: ["serve"], Labels: { a: "b" }, Healthcheck: { Test: ["NONE"] } },
  });
  beforeEach(() => load(image));

  it("has the base's layers, history and platform, and can be read by other tools", async () => {
    const made = await commit(image, CHANGES, {
      author: "Anna",
      message: "with new",
      config: { Cmd: ["other"] },
    });
    expect(made).toMatchObject({ reference: "docker.io/library/my:1", platform: "linux/amd64" });
    const { config, files } = await inspectCommitted();
    expect(config).toMatchObject({
      author: "Anna",
      os: "linux",
      architecture: "amd64",
      config: { Cmd: ["other"] },
      rootfs: { diff_ids: [...image.diffIds, expect.any(String)] },
      history: [{ created_by: "serve", author: "Anna", comment: "with new" }],
    });
    expect(files).toBe("etc/a 644 2\netc/new 600 4\nusr/tool 644 5000");
    expect(await readdir(join(at("home"), "tmp"))).toEqual([]);
  });

  it("keeps fields of the configuration that box does not use", async () => {
    await commit(image);
    expect((await inspectCommitted()).config["config"]).toMatchObject({
      Labels: { a: "b" },
      Healthcheck: { Test: ["NONE"] },
    });
  });

  it("has only the base's layers if nothing was changed", async () => {
    await commit(image, NOTHING);
    const { config } = await inspectCommitted();
    expect(config["rootfs"]).toMatchObject({ diff_ids: image.diffIds });
    expect(config["history"]).toMatchObject([{ created_by: "serve", empty_layer: true }]);
  });

  it("can be pushed, whatever parts of it the registry has", async () => {
    await commit(image, CHANGES, {
      name: parseReference(`${registry.host}/made/of:${types === OCI ? "oci" : "docker"}`),
    });
    const reference = parseReference(`${registry.host}/made/of:${types === OCI ? "oci" : "docker"}`);
    const pushed = await product.pushImage(reference, () => undefined);
    const name = `docker://${registry.host}/made/of@${pushed.digest}`;
    skopeo("copy", "--quiet", "--src-tls-verify=false", name, `dir:${at("copied")}`);
    const config = JSON.parse(skopeo("inspect", "--tls-verify=false", "--config", name)) as {
      rootfs: object;
    };
    expect(config.rootfs).toMatchObject({ diff_ids: [...image.diffIds, expect.any(String)] });
  });
});

describe("a commit", () => {
  const image = makeImage([lower, makeTar({ second: "2" })]);

  it("copies the layers of an image in another store, without removing them there", async () => {
    await load(image);
    process.env["BOX_HOME"] = at("other");
    await commit(image, CHANGES, {}, at("home"));
    await rm(at("home"), { recursive: true });
    expect((await inspectCommitted()).files).toBe(
      "etc/a 644 2\netc/new 600 4\nsecond 644 1\nusr/tool 644 5000",
    );
  });

  it("of the same changes, made twice, creates one layer", async () => {
    await load(image);
    await Promise.all([commit(image), commit(image, CHANGES, { author: "else" })]);
    expect(await readdir(join(at("home"), "layers"))).toHaveLength(2 * 3);
  });

  it.each<[string, Buffer, RegExp]>([
    ["a truncated tar", CHANGES.subarray(0, 700), /the files of box web: invalid tar/],
    ["data that is not a tar", Buffer.alloc(4096, "x"), /the files of box web: invalid tar/],
    [
      "a hard link to a missing file",
      writeTar([{ path: "l", type: "1", linkTarget: "nowhere" }]),
      /layer 3 of 3: "l" is a hard link to "nowhere", which does not exist/,
    ],
  ])("of %s leaves no image", async (_, changes, message) => {
    await load(image);
    await expect(commit(image, changes)).rejects.toMatchObject({
      code: "bad-layer",
      message: expect.stringMatching(message) as string,
    });
    expect(await readdir(join(at("home"), "images"))).toHaveLength(1);
    expect(await readdir(join(at("home"), "tmp"))).toEqual([]);
  });

  it("of a removed image fails", async () => {
    await expect(commit(image)).rejects.toMatchObject({ code: "image-missing" });
  });
});
