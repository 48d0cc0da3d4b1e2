// @module-tag slow
import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LoadedImage, LoadOptions } from "../../../../src/oci/archive/load.js";
import { hostPlatform, parsePlatform } from "../../../../src/config/syntax/platform.js";
import { formatReference } from "../../../../src/config/syntax/reference.js";
import { layerFiles, layersFolder } from "../../../../src/oci/store/paths.js";
import { makeImage, makeIndex, makeTar } from "../../../registry/image.js";
import { writeLayout } from "../../../registry/layout.js";
import { bundleProduct, type Product } from "../../../registry/product.js";
import { writeTar } from "../../../tree/tar-writer.js";
import { currentStore } from "../../current.js";

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
  options: Partial<LoadOptions> = {},
): Promise<{ id: string; names: string[] }[]> {
  const loaded: LoadedImage[] = [];
  for await (const image of product.loadArchive(input, { onProgress: () => undefined, ...options }))
    loaded.push(image);
  return loaded.map(({ id, names }) => ({ id, names: names.map(formatReference) }));
}

async function save(file: string, ...words: string[]): Promise<void> {
  return saveFor(file, [], ...words);
}

async function saveFor(file: string, platforms: string[], ...words: string[]): Promise<void> {
  const wanted = words.map((word) => ({ word, platforms: platforms.map((text) => parsePlatform(text)) }));
  const parts = [];
  for await (const part of product.saveArchive(await product.findToSave(wanted))) parts.push(part);
  await writeFile(at(file), Buffer.concat(parts));
}

/** Unpacks an image in a layout with umoci. @returns a list of names, types, permissions and contents */
function unpack(layout: string, tag: string): string {
  const bundle = at(`bundle-${Math.random()}`);
  execFileSync("umoci", ["unpack", "--rootless", "--image", `${layout}:${tag}`, bundle], { stdio: "pipe" });
  const script = "find . -printf '%P %y %m %l\\n' | sort; find . -type f -exec sha256sum {} + | sort";
  return execFileSync("sh", ["-c", script], { cwd: join(bundle, "rootfs"), encoding: "utf8" });
}

const tars = [
  makeTar({ "etc/hostname": "box\n", "usr/bin/tool": "x".repeat(100_000) }),
  // One that ends inside a block, as some tools write it, and an empty one.
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

  it(
    "can be loaded again, even compressed and from a pipe, with its ID, layers and names",
    { tags: "slow" },
    async () => {
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
        expect((await product.ensureStored("team/app:1.2", again)).config).toEqual({
          Cmd: ["serve"],
          Env: ["A=1"],
        });
        expect(await readdir(join(at(`home-${file}`), "tmp"))).toEqual([]);
      }
      // Saving the same images again gives the same archive.
      const first = await readFile(at("saved.tar"));
      await save("again.tar", "team/app:1.2", "ghcr.io/other/thing");
      expect((await readFile(at("again.tar"))).equals(first)).toBe(true);
    },
  );

  it(
    "can be read by skopeo as both kinds of archive, with the same ID and the same tree",
    { tags: "slow" },
    () => {
      const ids: string[] = [];
      const trees = [unpack(at("layout"), "ghcr.io/other/thing:latest")];
      for (const source of [
        `oci-archive:${at("saved.tar")}:latest`,
        `docker-archive:${at("saved.tar")}:ghcr.io/other/thing:latest`,
      ]) {
        const layout = at(source.slice(0, source.indexOf(":")));
        skopeo("copy", "--quiet", source, `oci:${layout}:it`);
        ids.push(
          (JSON.parse(skopeo("inspect", "--raw", `oci:${layout}:it`)) as { config: { digest: string } })
            .config.digest,
        );
        trees.push(unpack(layout, "it"));
      }
      expect(ids).toContain(plain.configDigest);
      expect(trees[1]).toBe(trees[0]);
      expect(trees[2]).toBe(trees[0]);
    },
  );

  it("keeps its ID if skopeo copies it to an archive of either kind", { tags: "slow" }, async () => {
    for (const [kind, name] of [
      ["oci-archive", "1.2"],
      ["docker-archive", "team/app:1.2"],
    ] as const) {
      // When converting between the kinds, skopeo writes another configuration.
      skopeo("copy", "--quiet", `${kind}:${at("saved.tar")}:${name}`, `${kind}:${at(kind)}:team/app:2`);
      useHome(`home-${kind}`);
      const [loaded] = await load(at(kind));
      expect(loaded?.names).toEqual(["docker.io/team/app:2"]);
      expect(loaded?.id).toBe(image.configDigest);
    }
  });

  it("has no name in the archive if it is saved by ID", async () => {
    const id = plain.configDigest.slice(7, 19);
    await save("id.tar", id);
    useHome("other");
    expect(await load(at("id.tar"))).toEqual([{ id: plain.configDigest, names: [] }]);
  });

  it("is not saved if one of its layers is damaged or it does not exist", async () => {
    await expect(save("none.tar", "team/app:3")).rejects.toMatchObject({ code: "no-such-image" });
    await truncate(layerFiles(layersFolder(currentStore()), image.diffIds[0] ?? "").tar, 2048);
    await expect(save("bad.tar", "team/app:1.2")).rejects.toMatchObject({ code: "image-damaged" });
  });
});

describe("an index for several platforms", () => {
  const OWN = hostPlatform().architecture;
  const [own, other, third] = [OWN, OWN === "arm64" ? "amd64" : "arm64", "s390x"].map((architecture) => ({
    image: makeImage([Buffer.from(tars[0] ?? ""), makeTar({ architecture })], { architecture }),
    platform: { os: "linux", architecture },
  })) as [Entry, Entry, Entry];
  type Entry = { image: ReturnType<typeof makeImage>; platform: { os: string; architecture: string } };
  const attestation = {
    image: makeImage([makeTar({ attestation: "" })], { architecture: "unknown" }),
    platform: { os: "unknown", architecture: "unknown" },
  };
  const index = makeIndex([other, own, third, attestation]);
  const remove = (digest: string) => rm(join(at("layout"), "blobs", digest.replace(":", "/")));
  const ensure = async (platform?: string) => {
    const { id } = await product.ensureStored("team/app:1.2", {
      pull: "never",
      onProgress: () => undefined,
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    });
    return id;
  };
  beforeEach(async () => {
    await writeLayout(at("layout"), { [NAME]: index });
    await remove(third.image.digest);
    await remove(attestation.image.digest);
  });

  it(
    "is loaded with all images in the archive, and saved with all images in the store",
    { tags: "slow" },
    async () => {
      expect(await load(at("layout"))).toEqual([{ id: own.image.configDigest, names: [NAME] }]);
      expect(await ensure()).toBe(own.image.configDigest);
      expect(await ensure(other.platform.architecture)).toBe(other.image.configDigest);
      await expect(ensure("s390x")).rejects.toMatchObject({ code: "image-missing" });
      expect((await product.listImages()).map(({ target }) => target)).toEqual([index.digest]);

      await save("saved.tar", "team/app:1.2");
      skopeo("copy", "--all", "--quiet", `oci-archive:${at("saved.tar")}:1.2`, `dir:${at("copied")}`);
      const copied = JSON.parse(await readFile(at("copied/manifest.json"), "utf8")) as {
        manifests: { platform: object }[];
      };
      expect(copied.manifests.map(({ platform }) => platform)).toEqual([other.platform, own.platform]);
      // A docker-archive does not support platforms: it has the host's image.
      const shown = JSON.parse(skopeo("inspect", `docker-archive:${at("saved.tar")}:team/app:1.2`)) as object;
      expect(shown).toMatchObject({ Architecture: OWN });

      useHome("again");
      await load(createReadStream(at("saved.tar")));
      expect(await ensure()).toBe(own.image.configDigest);
      expect(await ensure(other.platform.architecture)).toBe(other.image.configDigest);
      const first = await readFile(at("saved.tar"));
      await save("again.tar", "team/app:1.2");
      expect((await readFile(at("again.tar"))).equals(first)).toBe(true);
    },
  );

  it("is loaded and saved for the requested platforms only", async () => {
    const { architecture } = other.platform;
    await load(at("layout"), { platform: parsePlatform(architecture) });
    await expect(ensure(OWN)).rejects.toMatchObject({ code: "image-missing" });
    expect(await ensure()).toBe(other.image.configDigest);
    await expect(load(at("layout"), { platform: parsePlatform("s390x") })).rejects.toMatchObject({
      code: "platform-missing",
      hint: `available platforms: linux/${architecture}, linux/${OWN}`,
    });
    await load(at("layout"));
    await saveFor("one.tar", [architecture], "team/app:1.2");
    await expect(saveFor("two.tar", [OWN, "s390x"], "team/app:1.2")).rejects.toMatchObject({
      code: "platform-missing",
    });
    useHome("other");
    // A single image, not for the host's platform.
    expect(await load(at("one.tar"))).toEqual([{ id: other.image.configDigest, names: [NAME] }]);
    expect(await product.listImages()).toMatchObject([{ platform: `linux/${architecture}` }]);
  });

  it("is saved once, under all requested names", async () => {
    await load(at("layout"));
    await product.tagImage("team/app:1.2", "other:2");
    await save("saved.tar", "team/app:1.2", "other:2", "team/app:1.2");
    useHome("other");
    const [one, ...more] = await load(at("saved.tar"));
    expect([one?.names.sort(), more]).toEqual([["docker.io/library/other:2", NAME], []]);
  });
});

it("a repository is saved with all of its tags, and with none of another's", async () => {
  await writeLayout(at("layout"), { [NAME]: image, "docker.io/team/app:dev": plain, "other:1": plain });
  await load(at("layout"));
  await product.tagImage("team/app:1.2", "team/app:1");
  await save("saved.tar", "team/app");
  useHome("other");
  const loaded = await load(at("saved.tar"));
  const names = loaded.map((one) => ({ ...one, names: one.names.sort() }));
  expect(names.sort((a, b) => a.names.length - b.names.length)).toEqual([
    { id: plain.configDigest, names: ["docker.io/team/app:dev"] },
    { id: image.configDigest, names: ["docker.io/team/app:1", NAME] },
  ]);
});

it("an archive that names an image by another image's digest is refused", async () => {
  await writeLayout(at("layout"), { [`docker.io/library/nginx@sha256:${"1".repeat(64)}`]: plain });
  await expect(load(at("layout"))).rejects.toMatchObject({ code: "bad-archive" });
});

it("an archive without images and one of an unknown kind are refused", async () => {
  await writeLayout(at("layout"), {});
  await expect(load(at("layout"))).rejects.toMatchObject({ code: "image-not-found" });
  await writeFile(at("other.tar"), makeTar({ some: "file" }));
  await expect(load(at("other.tar"))).rejects.toMatchObject({ code: "bad-archive" });
});
