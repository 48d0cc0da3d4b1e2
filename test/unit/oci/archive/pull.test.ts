import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PullEvent } from "../../../../src/oci/pull/event.js";
import { layerFiles, layersFolder } from "../../../../src/oci/store/paths.js";
import { makeImage, makeIndex, makeTar, sha256 } from "../../../registry/image.js";
import { writeLayout } from "../../../registry/layout.js";
import { bundleProduct, type Product } from "../../../registry/product.js";
import { writeTar, type Member } from "../../../tree/tar-writer.js";
import { currentStore } from "../../current.js";

let product: Product;
let folder: string;
const before = process.env["BOX_HOME"];
beforeAll(async () => {
  product = await bundleProduct();
});
afterAll(() => product.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-archive-"));
  process.env["BOX_HOME"] = join(folder, "home");
});
afterEach(async () => {
  process.env["BOX_HOME"] = before;
  await rm(folder, { recursive: true, force: true });
});

async function ensure(reference: string, pull: "always" | "missing" | "never" = "missing") {
  const events: PullEvent[] = [];
  const image = await product.ensureStored(reference, { pull, onProgress: (event) => events.push(event) });
  return { image, events };
}

const at = (name: string) => join(folder, name);
const skopeo = (...words: string[]) =>
  execFileSync("skopeo", ["--insecure-policy", "copy", "--quiet", ...words], { stdio: "pipe" });
const tar = (layout: string, file: string, ...flags: string[]) =>
  execFileSync("tar", ["-cf", at(file), ...flags, "-C", at(layout), "."]);

const tars = [1, 2, 3].map((i) => makeTar({ [`file${i}`]: `content ${i}\n`.repeat(3000) }));
const image = makeImage(tars, { config: { Cmd: ["serve"] } });

async function expectWhole(found: { id: string }): Promise<void> {
  expect(found.id).toBe(image.configDigest);
  for (const diffId of image.diffIds) {
    expect(sha256(await readFile(layerFiles(layersFolder(currentStore()), diffId).tar))).toBe(diffId);
  }
  expect(await readdir(join(folder, "home", "tmp"))).toEqual([]);
}

describe("an image is pulled", () => {
  beforeEach(() => writeLayout(at("layout"), { latest: image }));

  it.each<[string, string, () => unknown]>([
    ["an OCI layout", "oci:layout", () => undefined],
    ["an OCI archive", "oci-archive:a.tar", () => tar("layout", "a.tar")],
    ["a gzip OCI archive", "oci-archive:a.tgz", () => tar("layout", "a.tgz", "--gzip")],
    ["a zstd OCI archive", "oci-archive:a.tar.zst", () => tar("layout", "a.tar.zst", "--zstd")],
    [
      "skopeo's OCI archive",
      "oci-archive:a.tar",
      () => skopeo(`oci:${at("layout")}:latest`, `oci-archive:${at("a.tar")}`),
    ],
    [
      "skopeo's docker-archive",
      "docker-archive:a.tar",
      () => skopeo(`oci:${at("layout")}:latest`, `docker-archive:${at("a.tar")}:team/app:1.2`),
    ],
  ])("from %s, by an absolute path", async (_, reference, make) => {
    await make();
    const [transport = "", path = ""] = reference.split(":");
    const { image: found, events } = await ensure(`${transport}:${at(path)}`);
    await expectWhole(found);
    expect(found.config.Cmd).toEqual(["serve"]);
    expect(found.reference).toBe(`${transport}:${at(path)}`);
    expect(events.filter(({ phase }) => phase === "done").length).toBe(3);
    const relative = (await import("node:path")).relative(process.cwd(), at(path));
    await expect(ensure(`${transport}:${relative}`)).rejects.toMatchObject({ code: "relative-path" });
    const again = await ensure(`${transport}:${at(path)}`, "never");
    expect(again.image).toMatchObject({ digest: found.digest, reference: `${transport}:${at(path)}` });
    expect(again.events).toEqual([]);
  });

  it("from a docker-archive as written by old versions of Docker, with links between layers", async () => {
    const config = image.blobs.get(image.configDigest) ?? Buffer.alloc(0);
    const member = (path: string, data: Buffer): Member => ({ path, type: "0", data });
    const layers = ["a/layer.tar", "b/layer.tar", "c/layer.tar"];
    const manifest = [{ Config: `${image.configDigest.slice(7)}.json`, RepoTags: ["app:1"], Layers: layers }];
    await writeFile(
      at("old.tar"),
      writeTar([
        member("data", tars[0] ?? Buffer.alloc(0)),
        { path: "a/layer.tar", type: "2", linkTarget: "../data" },
        member("b/layer.tar", gzipSync(tars[1] ?? "")),
        member("./c/layer.tar", tars[2] ?? Buffer.alloc(0)),
        member(`${image.configDigest.slice(7)}.json`, config),
        member("manifest.json", Buffer.from(JSON.stringify(manifest))),
      ]),
    );
    await expectWhole((await ensure(`docker-archive:${at("old.tar")}:app:1`)).image);
  });

  it("by its name or its tag, of which one is required if there are several images", async () => {
    const other = makeImage([makeTar({ other: "x" })]);
    await writeLayout(at("two"), { "ghcr.io/team/app:1": image, other });
    const find = async (name: string) => (await ensure(`oci:${at("two")}${name}`)).image.digest;
    expect(await find(":other")).toBe(other.digest);
    expect(await find(":ghcr.io/team/app:1")).toBe(image.digest);
    await expect(find("")).rejects.toMatchObject({
      code: "image-not-found",
      hint: expect.stringContaining("ghcr.io/team/app:1, other") as string,
    });
    await expect(find(":third")).rejects.toMatchObject({
      message: expect.stringContaining('"third"') as string,
    });
  });

  it("from an index, for this platform", async () => {
    const arm = makeImage(tars.slice(0, 1), { architecture: "arm64" });
    const index = makeIndex([
      { image: arm, platform: { os: "linux", architecture: "arm64" } },
      { image, platform: { os: "linux", architecture: "amd64" } },
    ]);
    await writeLayout(at("many"), { latest: index });
    await expectWhole((await ensure(`oci:${at("many")}`)).image);
  });

  it("again if the layout has changed", async () => {
    await ensure(`oci:${at("layout")}`);
    const next = makeImage([...tars, makeTar({ next: "x" })]);
    await writeLayout(at("layout"), { latest: next });
    await expect(ensure(`oci:${at("layout")}`, "never")).rejects.toMatchObject({ code: "image-missing" });
    const { image: found, events } = await ensure(`oci:${at("layout")}`);
    expect(found.digest).toBe(next.digest);
    expect(events.filter(({ phase }) => phase === "done").length).toBe(1);
  });
});

describe("an untrusted archive", () => {
  const blob = (digest: string) => join(at("layout"), "blobs", "sha256", digest.slice(7));
  const layer = image.layers[1]?.digest ?? "";
  beforeEach(() => writeLayout(at("layout"), { latest: image }));

  it.each<[string, string, () => Promise<unknown>]>([
    [
      "another layer in place of one",
      "digest-mismatch",
      async () => {
        const data = await readFile(blob(layer));
        // The time in the gzip header.
        data[5] = (data[5] ?? 0) ^ 1;
        await writeFile(blob(layer), data);
      },
    ],
    ["a truncated layer", "size-mismatch", () => truncate(blob(layer), 100)],
    ["a missing layer", "bad-archive", () => rm(blob(layer))],
    ["another manifest in place of one", "digest-mismatch", () => writeFile(blob(image.digest), "{}")],
    ["a missing configuration", "bad-archive", () => rm(blob(image.configDigest))],
    [
      "an index.json that is too large",
      "bad-archive",
      () => truncate(join(at("layout"), "index.json"), 10 * 2 ** 20),
    ],
    ["an invalid index.json", "bad-archive", () => writeFile(join(at("layout"), "index.json"), "[]")],
    ["no oci-layout", "bad-archive", () => rm(join(at("layout"), "oci-layout"))],
    [
      "a device in place of a blob",
      "bad-archive",
      async () => {
        await rm(blob(layer));
        await symlink("/dev/zero", blob(layer));
      },
    ],
  ])("with %s is refused, as a directory and as a tar", async (_, code, spoil) => {
    await spoil();
    await expect(ensure(`oci:${at("layout")}`)).rejects.toMatchObject({ code });
    tar("layout", "a.tar", "--dereference");
    await expect(ensure(`oci-archive:${at("a.tar")}`)).rejects.toMatchObject({ code });
    expect(await product.listImages()).toEqual([]);
  });

  const file = (path: string, data: Buffer | string): Member => ({
    path,
    type: "0",
    data: Buffer.from(data),
  });
  const saved = (layers: string[], config = "c.json") =>
    file("manifest.json", JSON.stringify([{ Config: config, RepoTags: null, Layers: layers }]));
  const config = file("c.json", image.blobs.get(image.configDigest) ?? "");
  const three = ["a", "b", "c"];
  it.each<[string, Member[]]>([
    ["names that lead out of the archive", [saved(["../a", "/etc/passwd", "b/../../c"]), config]],
    [
      "a layer that is a loop of links",
      [
        saved(three),
        config,
        { path: "a", type: "2", linkTarget: "b" },
        { path: "b", type: "2", linkTarget: "a" },
        { path: "c", type: "2", linkTarget: "/etc/passwd" },
      ],
    ],
    ["two manifests", [saved(three), saved(three), config]],
    [
      "a layer that is a device",
      [saved(three), config, ...three.map((path) => ({ path, type: "3", major: 1, minor: 5 }))],
    ],
    ["fewer layers than its configuration lists", [saved(["a"]), config, file("a", tars[0] ?? "")]],
    ["no configuration", [saved(three)]],
    [
      "a manifest that is a link to a file of the host",
      [{ path: "manifest.json", type: "2", linkTarget: "/etc/passwd" }],
    ],
  ])("with %s is refused", async (_, members) => {
    await writeFile(at("bad.tar"), writeTar(members));
    await expect(ensure(`docker-archive:${at("bad.tar")}`)).rejects.toMatchObject({ code: "bad-archive" });
  });

  it.each<[string, (whole: Buffer) => Buffer]>([
    ["is truncated", (whole) => whole.subarray(0, 3000)],
    ["is empty", () => Buffer.alloc(0)],
    ["is not a tar", () => Buffer.alloc(10_000, "garbage")],
    ["is truncated gzip data", (whole) => gzipSync(whole).subarray(0, -50)],
  ])("that %s is refused", async (_, spoil) => {
    tar("layout", "a.tar");
    await writeFile(at("a.tar"), spoil(await readFile(at("a.tar"))));
    await expect(ensure(`oci-archive:${at("a.tar")}`)).rejects.toMatchObject({ code: "bad-archive" });
  });

  it("is refused with the reason if it is of another kind or does not exist", async () => {
    tar("layout", "a.tar");
    await expect(ensure(`docker-archive:${at("a.tar")}`)).rejects.toMatchObject({
      message: expect.stringContaining("no manifest.json") as string,
    });
    await expect(ensure(`oci:${at("nothing")}`)).rejects.toMatchObject({ code: "invalid-file" });
  });
});
