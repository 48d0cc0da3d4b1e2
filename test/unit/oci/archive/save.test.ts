import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LoadedImage } from "../../../../src/oci/archive/load.js";
import { formatReference } from "../../../../src/oci/reference.js";
import { layerFiles, layersFolder } from "../../../../src/oci/store/paths.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import { writeLayout } from "../../../registry/layout.js";
import { bundleProduct, type Product } from "../../../registry/product.js";
import { writeTar } from "../../../tree/tar-writer.js";

let product: Product;
let folder: string;
const before = process.env["BOX_HOME"];
const at = (name: string) => join(folder, name);
const useHome = (name: string) => (process.env["BOX_HOME"] = at(name));
beforeAll(async () => {
  product = await bundleProduct();
});
afterAll(() => product.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-save-"));
  useHome("home");
});
afterEach(async () => {
  process.env["BOX_HOME"] = before;
  await rm(folder, { recursive: true, force: true });
});

const skopeo = (...words: string[]) =>
  execFileSync("skopeo", ["--insecure-policy", ...words], { stdio: "pipe", encoding: "utf8" });

async function load(
  input: Parameters<Product["loadArchive"]>[0],
): Promise<{ id: string; names: string[] }[]> {
  const loaded: LoadedImage[] = [];
  for await (const image of product.loadArchive(input, () => undefined)) loaded.push(image);
  return loaded.map(({ id, names }) => ({ id, names: names.map(formatReference) }));
}

async function save(file: string, ...words: string[]): Promise<void> {
  const parts = [];
  for await (const part of product.saveArchive(await product.findToSave(words))) parts.push(part);
  await writeFile(at(file), Buffer.concat(parts));
}

/** What umoci makes of an image in a layout: names, kinds, permissions and contents. */
function unpack(layout: string, tag: string): string {
  const bundle = at(`bundle-${Math.random()}`);
  execFileSync("umoci", ["unpack", "--rootless", "--image", `${layout}:${tag}`, bundle], { stdio: "pipe" });
  const script = "find . -printf '%P %y %m %l\\n' | sort; find . -type f -exec sha256sum {} + | sort";
  return execFileSync("sh", ["-c", script], { cwd: join(bundle, "rootfs"), encoding: "utf8" });
}

const tars = [
  makeTar({ "etc/hostname": "box\n", "usr/bin/tool": "x".repeat(100_000) }),
  // Ends inside a block, as some tools write it; and of no bytes at all.
  makeTar({ odd: "abc" }, { end: false }).subarray(0, 512 + 3),
  Buffer.alloc(0),
  writeTar([
    { path: "usr/bin/.wh.tool", type: "0" },
    { path: "usr/lib", type: "5", mode: 0o755 },
    { path: "usr/lib/link", type: "2", linkTarget: "../bin" },
  ]),
];
const image = makeImage(tars, { config: { Cmd: ["serve"], Env: ["A=1"] } });
const plain = makeImage([tars[0] ?? "", tars[3] ?? ""].map((one) => Buffer.from(one)));
const NAME = "docker.io/team/app:1.2";

describe("an image that was loaded and saved", () => {
  beforeEach(async () => {
    await writeLayout(at("layout"), { [NAME]: image, "ghcr.io/other/thing:latest": plain });
    expect(await load(at("layout"))).toEqual([
      { id: image.configDigest, names: [NAME] },
      { id: plain.configDigest, names: ["ghcr.io/other/thing:latest"] },
    ]);
    await save("saved.tar", "team/app:1.2", "ghcr.io/other/thing");
  });

  it("is loaded again by box, from a pipe and compressed too, with its id, layers and names", async () => {
    const expected = [
      { id: image.configDigest, names: [NAME] },
      { id: plain.configDigest, names: ["ghcr.io/other/thing:latest"] },
    ];
    execFileSync("zstd", ["-q", at("saved.tar"), "-o", at("saved.zst")]);
    execFileSync("gzip", ["-k", at("saved.tar")]);
    for (const file of ["saved.tar", "saved.zst", "saved.tar.gz"]) {
      useHome(`home-${file}`);
      expect(await load(createReadStream(at(file)))).toEqual(expected);
      const again = { pull: "never", onProgress: () => undefined } as const;
      expect((await product.ensureImage("team/app:1.2", again)).config).toEqual({
        Cmd: ["serve"],
        Env: ["A=1"],
      });
      expect(await readdir(join(at(`home-${file}`), "tmp"))).toEqual([]);
    }
    // What was saved once is saved the same ever after.
    const first = await readFile(at("saved.tar"));
    await save("again.tar", "team/app:1.2", "ghcr.io/other/thing");
    expect((await readFile(at("again.tar"))).equals(first)).toBe(true);
  });

  it("is read by skopeo as both kinds of archive, with the same id and the same tree", () => {
    const ids: string[] = [];
    const trees = [unpack(at("layout"), "ghcr.io/other/thing:latest")];
    for (const source of [
      `oci-archive:${at("saved.tar")}:latest`,
      `docker-archive:${at("saved.tar")}:ghcr.io/other/thing:latest`,
    ]) {
      const layout = at(source.slice(0, source.indexOf(":")));
      skopeo("copy", "--quiet", source, `oci:${layout}:it`);
      ids.push(
        (JSON.parse(skopeo("inspect", "--raw", `oci:${layout}:it`)) as { config: { digest: string } }).config
          .digest,
      );
      trees.push(unpack(layout, "it"));
    }
    expect(ids).toContain(plain.configDigest);
    expect(trees[1]).toBe(trees[0]);
    expect(trees[2]).toBe(trees[0]);
  });

  it("that skopeo copies back is the same to box, from either kind", async () => {
    for (const [kind, name] of [
      ["oci-archive", "1.2"],
      ["docker-archive", "team/app:1.2"],
    ] as const) {
      // From one kind to the other skopeo writes another configuration.
      skopeo("copy", "--quiet", `${kind}:${at("saved.tar")}:${name}`, `${kind}:${at(kind)}:team/app:2`);
      useHome(`home-${kind}`);
      const [loaded] = await load(at(kind));
      expect(loaded?.names).toEqual(["docker.io/team/app:2"]);
      expect(loaded?.id).toBe(image.configDigest);
    }
  });

  it("lists each of its names, and none when asked for by id", async () => {
    const id = plain.configDigest.slice(7, 19);
    await save("id.tar", id);
    useHome("other");
    expect(await load(at("id.tar"))).toEqual([{ id: plain.configDigest, names: [] }]);
  });

  it("is not saved when a layer of it is damaged, or when it is not there", async () => {
    await expect(save("none.tar", "team/app:3")).rejects.toMatchObject({ code: "image-missing" });
    await truncate(layerFiles(layersFolder(), image.diffIds[0] ?? "").tar, 2048);
    await expect(save("bad.tar", "team/app:1.2")).rejects.toMatchObject({ code: "image-damaged" });
  });
});

it("an archive that gives a digest's name to another image is refused", async () => {
  await writeLayout(at("layout"), { [`docker.io/library/nginx@sha256:${"1".repeat(64)}`]: plain });
  await expect(load(at("layout"))).rejects.toMatchObject({ code: "bad-archive" });
});

it("an archive without images, and one of neither kind, are refused", async () => {
  await writeLayout(at("layout"), {});
  await expect(load(at("layout"))).rejects.toMatchObject({ code: "image-not-found" });
  await writeFile(at("other.tar"), makeTar({ some: "file" }));
  await expect(load(at("other.tar"))).rejects.toMatchObject({ code: "bad-archive" });
});
