// @module-tag registry
import { describe, expect, it } from "vitest";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { startFaultProxy } from "../../../registry/fault-proxy.js";
import { DOCKER, makeImage, makeTar, pushImage as putImage } from "../../../registry/image.js";
import { startRegistry } from "../../../registry/registry.js";
import { ANN } from "../../../registry/user.js";
import {
  cleanups,
  hard,
  image,
  large,
  manifestOf,
  name,
  product,
  pullAs,
  push,
  retag,
  source,
  tars,
  target,
  unpack,
  user,
  useRegistries,
} from "./fixture.js";

useRegistries(true);

describe("a push to a registry that has no part of the image", () => {
  it("is accepted, keeps the image ID, and gives the same files to skopeo and umoci", async () => {
    const reference = `${target.host}/${name()}:1.2`;
    const pulled = await pullAs(image, reference);
    const { digest, size, phases, alone } = await push(reference);
    expect(phases).toEqual(["done", "done"]);
    expect(alone).toBeUndefined();
    const there = await manifestOf(reference);
    expect(there.digest).toBe(digest);
    expect(there.manifest.config.digest).toBe(image.configDigest);
    expect(size).toBeGreaterThan(100);
    expect(await unpack(reference)).toBe(await unpack(pulled));
    // box itself pulls it as the same image.
    const back = await product.ensureStored(reference, { pull: "always", onProgress: () => undefined });
    expect(back).toMatchObject({ digest, id: image.configDigest });
  });

  it.each([
    [
      "Docker's media types",
      { types: DOCKER, compress: hard },
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
    ],
    [
      "uncompressed layers",
      { compress: (tar: Buffer) => tar, layerSuffix: "" },
      "application/vnd.oci.image.layer.v1.tar+gzip",
    ],
  ])("of an image with %s has layers of the right type", async (_, options, type) => {
    const what = makeImage(tars, options);
    const reference = `${target.host}/${name()}:latest`;
    await pullAs(what, reference);
    await push(reference);
    const { manifest } = await manifestOf(reference);
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([type, type]);
    expect(manifest.mediaType).toBe(what.mediaType);
  });

  it("sends a tar that ends inside a block without the store's padding", async () => {
    const odd = makeTar({ a: "abc" }, { end: false }).subarray(0, 512 + 3);
    const reference = `${target.host}/${name()}:latest`;
    await pullAs(makeImage([odd, Buffer.alloc(0)], { compress: hard }), reference);
    await push(reference);
    const back = await product.ensureStored(reference, { pull: "always", onProgress: () => undefined });
    expect(back.reference).toBe(reference);
  });

  it("sends a large layer in chunks", async () => {
    const proxy = await startFaultProxy(target.host);
    cleanups.push(proxy.stop);
    const reference = `${proxy.host}/${name()}:latest`;
    const pulled = await pullAs(large, reference);
    await push(reference);
    expect(proxy.count(/^PATCH/)).toBe(2);
    const ranges = proxy.requests.flatMap(({ headers }) => headers["content-range"] ?? []);
    expect(ranges[0]).toBe("0-8388607");
    expect(await unpack(reference)).toBe(await unpack(pulled));
  });
});

describe("a layer that the registry has", () => {
  it("is not sent again, and the manifest stays the same, byte for byte", async () => {
    const reference = `${source.host}/${name()}:latest`;
    await putImage(source.host, parseReference(reference).path, "latest", image);
    await product.ensureStored(reference, { pull: "missing", onProgress: () => undefined });
    const other = reference.replace(":latest", ":again");
    await retag(reference, other);
    const { phases, digest } = await push(other);
    expect(phases).toEqual(["exists", "exists"]);
    expect(digest).toBe(image.digest);
  });

  it("is mounted from another repository", async () => {
    const proxy = await startFaultProxy(source.host);
    cleanups.push(proxy.stop);
    const path = name();
    await putImage(source.host, path, "latest", image);
    await product.ensureStored(`${proxy.host}/${path}`, { pull: "missing", onProgress: () => undefined });
    const reference = `${proxy.host}/${name()}:latest`;
    await retag(`${proxy.host}/${path}`, reference);
    const { phases, digest } = await push(reference);
    expect(phases).toEqual(["mounted", "mounted"]);
    expect(digest).toBe(image.digest);
    expect(proxy.count(/^POST .*[?&]from=/)).toBe(2);
    expect(await unpack(reference)).toBe(await unpack(`${proxy.host}/${path}`));
  });

  it("is found again after a push, in the same repository and in others", async () => {
    const reference = `${target.host}/${name()}:latest`;
    await pullAs(image, reference);
    const first = await push(reference);
    expect(await push(reference)).toMatchObject({ digest: first.digest, phases: ["exists", "exists"] });
    const other = `${target.host}/${name()}:latest`;
    await retag(reference, other);
    expect(await push(other)).toMatchObject({ digest: first.digest, phases: ["mounted", "mounted"] });
  });

  it("is not assumed to exist because a local file says so", async () => {
    const reference = `${target.host}/${name()}:latest`;
    await pullAs(image, reference);
    await push(reference);
    const elsewhere = await startRegistry();
    cleanups.push(elsewhere.stop);
    const other = `${elsewhere.host}/${name()}:latest`;
    await retag(reference, other);
    expect((await push(other)).phases).toEqual(["done", "done"]);
  });
});

describe("a push to a registry that requires a login", () => {
  it("is refused without credentials and accepted with them", async () => {
    const locked = await startRegistry({ htpasswd: ANN.htpasswd });
    cleanups.push(locked.stop);
    const reference = `${locked.host}/${name()}:latest`;
    await pullAs(image, reference);
    await expect(push(reference)).rejects.toMatchObject({
      code: "access-denied",
      detail: { registry: locked.host },
    });
    const auth = Buffer.from(`ann:${ANN.password}`).toString("base64");
    await user.dockerConfig({ auths: { [locked.host]: { auth } } });
    expect((await push(reference)).phases).toEqual(["done", "done"]);
  });
});

it("an image that is not in the store cannot be pushed", async () => {
  await expect(push(`${target.host}/no/such:tag`)).rejects.toMatchObject({ code: "image-missing" });
});
