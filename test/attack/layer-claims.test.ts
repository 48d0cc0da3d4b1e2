import { access, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { importImage } from "../../src/oci/make/import.js";
import { commitImage } from "../../src/oci/make/commit.js";
import { readBase } from "../../src/oci/make/base.js";
import { hostPlatform } from "../../src/config/syntax/platform.js";
import { parseReference } from "../../src/config/syntax/reference.js";
import { home, product, pull, refusal, registries, surroundings } from "../registry/hostile.js";
import { makeImage, makeTar, OCI, sha256, type TestImage } from "../registry/image.js";
import { writeLayout } from "../registry/layout.js";
import { writeTar } from "../tree/tar-writer.js";
import { currentStore } from "../unit/current.js";

const secretTar = makeTar({ "etc/secret": "of another image" });
const secret = makeImage([secretTar]);
const [secretBlob] = secret.layers;
if (!secretBlob) throw new Error("no layer");
const own = makeTar({ own: "file" });

/** An image that claims the secret layer as its own without having it. */
const claim = (what: Parameters<typeof makeImage>[1] = {}) =>
  makeImage([own], { config: { Cmd: ["hostile"] }, ...what, diffIds: [sha256(secretTar)] });

/** The same, for a blob that it does not have. */
const claimBlob = (descriptor: { digest: string; size: number; mediaType: string }) => {
  const image = claim({ edit: (body) => ({ ...body, layers: [descriptor] }) });
  return image;
};

async function isHere(image: TestImage): Promise<boolean> {
  return access(join(home, "images", image.digest.slice("sha256:".length))).then(
    () => true,
    () => false,
  );
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream, whose content is there
async function* stream(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

async function load(path: string): Promise<void> {
  for await (const one of product.loadArchive(path, { onProgress: () => undefined }))
    expect(one.id).toBeDefined();
}

const dockerArchive = (image: TestImage, layer: Buffer) => {
  const member = (path: string, data: Buffer) => ({ path, type: "0" as const, data });
  const config = image.blobs.get(image.configDigest) ?? Buffer.alloc(0);
  const manifest = [{ Config: "config.json", RepoTags: ["app:1"], Layers: ["layer.tar"] }];
  return writeTar([
    member("config.json", config),
    member("layer.tar", layer),
    member("manifest.json", Buffer.from(JSON.stringify(manifest))),
  ]);
};

describe("an image that claims a layer of another image", () => {
  it("does not get it from a registry that has a different blob", async () => {
    await pull(secret);
    for (const compress of [undefined, (tar: Buffer) => tar]) {
      const image = claim(compress ? { compress, layerSuffix: "" } : {});
      const { code, message } = await refusal(image);
      expect([code, message]).toEqual(["digest-mismatch", expect.stringContaining("unpacks to")]);
      expect(await isHere(image)).toBe(false);
    }
  });

  it("does not get it from a registry that has no blob at all", async () => {
    await pull(secret);
    const tar = { mediaType: OCI.layer, digest: sha256(secretTar), size: secretTar.length };
    const recompressed = { ...secretBlob, digest: sha256(gzipSync(secretTar, { level: 1 })) };
    for (const descriptor of [tar, recompressed]) {
      const image = claimBlob(descriptor);
      expect((await refusal(image)).code).toBe("image-not-found");
      expect(await isHere(image)).toBe(false);
    }
  });

  it("does not get it combined with the genuine one, nor below layers of its own", async () => {
    await pull(secret);
    const twice = makeImage([secretTar, own], { diffIds: [sha256(secretTar), sha256(secretTar)] });
    expect((await refusal(twice)).code).toBe("digest-mismatch");
    const below = makeImage([own, makeTar({ more: "x" })], {
      diffIds: [sha256(secretTar), sha256(makeTar({ more: "x" }))],
    });
    expect((await refusal(below)).code).toBe("digest-mismatch");
  });

  it("does not get imported, committed or loaded layers, which no registry has", async () => {
    const changes = makeTar({ "root/.ssh/id": "secret" });
    const options = { changes: [], message: "", platform: hostPlatform(), name: parseReference("my:1") };
    await importImage(currentStore(), stream(secretTar), "a tar", options);
    const base = await pull(makeImage([own]));
    await commitImage(currentStore(), await readBase(base.digest, home), stream(changes), "changes", {
      ...{ config: {}, createdBy: "", author: undefined, message: undefined, name: parseReference("my:2") },
    });
    const loaded = makeTar({ loaded: "secret" });
    await mkdir(join(surroundings, "a"), { recursive: true });
    const archive = join(surroundings, "a", "good.tar");
    await writeFile(archive, dockerArchive(makeImage([loaded]), loaded));
    await load(archive);
    for (const tar of [secretTar, changes, loaded]) {
      const digest = sha256(tar);
      const edit = (body: object) => ({
        ...body,
        layers: [{ mediaType: OCI.layer, digest, size: tar.length }],
      });
      const image = makeImage([own], { config: { Cmd: ["hostile"] }, diffIds: [digest], edit });
      expect((await refusal(image)).code).toBe("image-not-found");
    }
  });

  it("does not get it from an archive that has something else, or nothing", async () => {
    await pull(secret);
    const folder = join(surroundings, "a");
    await writeFile(join(folder, "docker.tar"), dockerArchive(claim(), own));
    await expect(load(join(folder, "docker.tar"))).rejects.toMatchObject({ code: "digest-mismatch" });
    await writeFile(join(folder, "gzip.tar"), dockerArchive(claim(), gzipSync(own)));
    await expect(load(join(folder, "gzip.tar"))).rejects.toMatchObject({ code: "digest-mismatch" });
    const tar = { mediaType: OCI.layer, digest: sha256(secretTar), size: secretTar.length };
    for (const descriptor of [secretBlob, tar]) {
      const layout = join(folder, descriptor.digest.slice(7, 15));
      await writeLayout(layout, { "docker.io/app:1": claimBlob(descriptor) });
      await expect(load(layout)).rejects.toMatchObject({ code: "bad-archive" });
      // The name exists, but its content does not.
      await writeFile(
        join(layout, "blobs", "sha256", descriptor.digest.slice(7)),
        Buffer.alloc(descriptor.size),
      );
      await expect(load(layout)).rejects.toMatchObject({
        code: expect.stringMatching(/^(digest-mismatch|bad-layer)$/) as string,
      });
    }
  });
});

describe("a layer in the store", () => {
  const blobsAsked = (image: TestImage) =>
    registries.flatMap(({ requests }) =>
      requests.filter(({ path }) => image.layers.some(({ digest }) => path.endsWith(digest))),
    ).length;
  const config = (text: string) => ({ config: { Cmd: [text] } });

  it("is not requested again for another image that has its blob", async () => {
    await pull(secret);
    const asked = blobsAsked(secret);
    await pull(makeImage([secretTar], config("other")));
    expect(blobsAsked(secret)).toBe(asked);
  });

  it("is read once for each blob that contains it, and not requested after that", async () => {
    await pull(secret);
    const compress = (tar: Buffer) => gzipSync(tar, { level: 1 });
    const other = makeImage([secretTar, own, secretTar], { compress });
    await pull(other);
    expect(blobsAsked(other)).toBe(2);
    await pull(makeImage([secretTar], { compress, ...config("third") }));
    expect(blobsAsked(other)).toBe(2);
    const mixed = makeImage([secretTar, secretTar], {
      edit: ({ layers, ...body }) => ({ ...body, layers: [layers[0], other.layers[0]] }),
    });
    expect(await isHere(mixed)).toBe(false);
    await pull(mixed);
    expect(await isHere(mixed)).toBe(true);
  });

  it("is pulled again if an older version of box has not recorded its blob; commits still work", async () => {
    const base = await pull(secret);
    await rm(join(home, "unpacked"), { recursive: true });
    const committed = await commitImage(
      currentStore(),
      await readBase(base.digest, home),
      stream(own),
      "changes",
      {
        ...{ config: {}, createdBy: "", author: undefined, message: undefined, name: parseReference("my:2") },
      },
    );
    expect(committed.digest).toMatch(/^sha256:/);
    const asked = blobsAsked(secret);
    for (const text of ["second", "third"]) await pull(makeImage([secretTar], config(text)));
    expect(blobsAsked(secret)).toBe(asked + 1);
  });

  it("from an archive is not written again when the archive is loaded again", async () => {
    await pull(secret);
    const before = await readdir(join(home, "layers"));
    const archive = join(surroundings, "a", "same.tar");
    await writeFile(archive, dockerArchive(makeImage([secretTar], config("from a tar")), secretTar));
    await load(archive);
    expect((await readdir(join(home, "layers"))).sort()).toEqual(before.sort());
  });
});
