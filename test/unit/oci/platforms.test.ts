// @module-tag slow
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parsePlatform } from "../../../src/config/syntax/platform.js";
import { makeImage, makeIndex, makeTar } from "../../registry/image.js";
import { bundleProduct, type Product } from "../../registry/product.js";
import { startScripted, type ScriptedRegistry } from "../../registry/scripted.js";
import { newKey, payloadOf, pem, signatureOf, simpleSignature } from "../../registry/signatures.js";
import { createUser, type TestUser } from "../../registry/user.js";

const OWN = process.arch === "arm64" ? "arm64" : "amd64";
const OTHER = OWN === "arm64" ? "amd64" : "arm64";
const shared = makeTar({ shared: "for both ".repeat(100) });
const own = makeImage([shared, makeTar({ a: OWN })], { architecture: OWN });
const other = makeImage([shared, makeTar({ a: OTHER })], { architecture: OTHER });
const entry = (image: typeof own, architecture: string) => ({
  image,
  platform: { os: "linux", architecture },
});
const index = makeIndex([entry(own, OWN), entry(other, OTHER)]);
const later = makeIndex([entry(makeImage([makeTar({ a: "later" })], { architecture: OWN }), OWN)]);

let product: Product;
let user: TestUser;
let registry: ScriptedRegistry;
beforeAll(async () => {
  product = await bundleProduct();
});
afterAll(() => product.remove());
beforeEach(async () => {
  user = await createUser();
  registry = await startScripted({ latest: index, outer: makeIndex([{ image: index }]), one: other, later });
});
afterEach(async () => {
  await registry.stop();
  await user.remove();
});

async function ensure(
  name: string,
  pull: "always" | "missing" | "never",
  { platform, verify }: { platform?: string; verify?: string } = {},
): Promise<string> {
  const { digest } = await product.ensureStored(`${registry.host}/${name}`, {
    pull,
    verify,
    ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    onProgress: () => undefined,
  });
  return digest;
}
const both = async (name = "app") => {
  await ensure(name, "always", { platform: OWN });
  await ensure(name, "always", { platform: OTHER });
};
const asked = () => registry.requests.splice(0).map(({ method, path }) => `${method} ${path}`);
const at = (...path: string[]) => join(user.folder, "box", ...path);
const file = (digest: string) => at("indexes", `${digest.slice(7)}.json`);

describe("images for several platforms under one tag", () => {
  it.each(["app:latest", "app:outer"])(
    "are stored side by side, with the index byte for byte: %s",
    async (name) => {
      await both(name);
      expect((await readFile(file(index.digest))).equals(index.manifest)).toBe(true);
      asked();
      expect(await ensure(name, "never")).toBe(own.digest);
      expect(await ensure(name, "missing", { platform: OTHER })).toBe(other.digest);
      expect(await ensure(name, "never", { platform: OWN })).toBe(own.digest);
      expect(asked()).toEqual([]);
    },
  );

  it("are listed as the host's image, with the size of all of them", async () => {
    await ensure("app", "always");
    const [one] = await product.listImages();
    await ensure("app", "always", { platform: OTHER });
    const listed = await product.listImages();
    expect(listed).toMatchObject([{ tag: "latest", target: index.digest, id: own.configDigest }]);
    expect(listed[0]?.size).toBeGreaterThan((one?.size ?? 0) + 1024);
    expect(listed[0]?.size).toBeLessThan(2 * (one?.size ?? 0));
  });

  it("are each checked with one HEAD if the tag has not moved", async () => {
    await both();
    asked();
    for (const platform of [OWN, OTHER, OWN]) await ensure("app", "always", { platform });
    expect(asked()).toEqual(Array(3).fill("HEAD /v2/app/manifests/latest"));
  });

  it("stay under their other names when the tag moves", async () => {
    await both();
    await product.tagImage(`${registry.host}/app`, "kept");
    const moved = await startScripted({ latest: later });
    await user.settings({ registries: { [registry.host]: { mirrors: [`http://${moved.host}`] } } });
    expect(await ensure("app", "always")).toBe(later.children[0]?.digest);
    await moved.stop();
    const here = await product.listImages();
    expect(here.map(({ repository, target }) => [repository, target])).toEqual(
      expect.arrayContaining([
        [`${registry.host}/app`, later.digest],
        ["kept", index.digest],
      ]),
    );
    expect(here).toHaveLength(2);
  });

  it("are found by the digest of the index and by their own", async () => {
    await both();
    asked();
    expect(await ensure(`app@${index.digest}`, "never")).toBe(own.digest);
    expect(await ensure(`app@${index.digest}`, "never", { platform: OTHER })).toBe(other.digest);
    expect(await ensure(`app@${other.digest}`, "never")).toBe(other.digest);
    expect(asked()).toEqual([]);
  });

  it("are used as they are if the host's is missing, until it is pulled or requested", async () => {
    await ensure("app", "always", { platform: OTHER });
    asked();
    expect(await ensure("app", "missing")).toBe(other.digest);
    expect(await ensure("app", "never")).toBe(other.digest);
    expect(asked()).toEqual([]);
    await expect(ensure("app", "never", { platform: OWN })).rejects.toMatchObject({
      code: "image-missing",
      message: expect.stringContaining(`is for linux/${OTHER} here`) as string,
    });
    expect(await ensure("app", "missing", { platform: OWN })).toBe(own.digest);
    expect(await ensure("app", "always")).toBe(own.digest);
    expect(await ensure("app", "never")).toBe(own.digest);
    // A tag of a single image has no other platforms.
    await ensure("app:one", "always", { platform: OTHER });
    expect(await ensure("app:one", "missing")).toBe(other.digest);
  });

  it("are found if the index is damaged, or missing as in the store of an older box", async () => {
    await both();
    await rm(at("indexes"), { recursive: true });
    expect(await ensure("app", "never", { platform: OTHER })).toBe(other.digest);
    asked();
    expect(await ensure("app", "always", { platform: OTHER })).toBe(other.digest);
    expect(asked()).toEqual(expect.arrayContaining(["GET /v2/app/manifests/latest"]));
    expect(registry.count("blobs/")).toBe(0);
    expect(await ensure("app", "never")).toBe(own.digest);
    await writeFile(file(index.digest), "{}");
    await ensure("app", "missing", { platform: OWN });
    expect((await readFile(file(index.digest))).equals(index.manifest)).toBe(true);
  });
});

describe("a signature of an index", () => {
  it("is valid for each platform, and not requested again", async () => {
    const { key, file: verify } = { key: newKey(), file: at("..", "cosign.pub") };
    await writeFile(verify, pem(key));
    const payload = payloadOf(index.digest);
    const signed = await startScripted({
      latest: index,
      [`${index.digest.replace(":", "-")}.sig`]: simpleSignature(payload, {
        "dev.cosignproject.cosign/signature": signatureOf(payload, key),
      }),
    });
    await user.settings({ registries: { [registry.host]: { mirrors: [`http://${signed.host}`] } } });
    try {
      expect(await ensure("app", "missing", { verify })).toBe(own.digest);
      expect(await ensure("app", "missing", { verify, platform: OTHER })).toBe(other.digest);
    } finally {
      await signed.stop();
    }
    asked();
    for (const name of ["app", `app@${index.digest}`]) {
      expect(await ensure(name, "never", { verify })).toBe(own.digest);
      expect(await ensure(name, "missing", { verify, platform: OTHER })).toBe(other.digest);
    }
    expect(asked()).toEqual([]);
    expect(await ensure("app", "always", { verify })).toBe(own.digest);
    expect(asked()).toEqual(["HEAD /v2/app/manifests/latest"]);
    // The images of the index were not signed themselves.
    await expect(ensure(`app@${own.digest}`, "missing", { verify })).rejects.toMatchObject({
      code: "signature-missing",
    });
    expect(await readdir(at("verified"))).toHaveLength(1);
  });
});
