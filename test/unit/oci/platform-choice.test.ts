// @module-tag registry
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parsePlatform } from "../../../src/config/syntax/platform.js";
import type { PullEvent } from "../../../src/oci/pull/event.js";
import { makeImage, makeIndex, makeTar, pushImage } from "../../registry/image.js";
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
  home = await mkdtemp(join(tmpdir(), "box-platform-"));
  process.env["BOX_HOME"] = home;
});
afterEach(() => rm(home, { recursive: true, force: true }));

const tars = [makeTar({ file: "content" })];

/** Pushes under a unique name. */
let names = 0;
async function push(what: Parameters<typeof pushImage>[3]): Promise<string> {
  const name = `test/platform${names++}`;
  await pushImage(registry.host, name, "latest", what);
  return `${registry.host}/${name}`;
}

async function ensure(
  reference: string,
  pull: "always" | "missing" | "never" = "missing",
  { platform }: { platform?: string } = {},
) {
  const events: PullEvent[] = [];
  const image = await product.ensureStored(reference, {
    pull,
    platform: platform === undefined ? undefined : parsePlatform(platform),
    onProgress: (event) => events.push(event),
  });
  return { image, events };
}

describe("the platform of a pull", () => {
  it("takes a single image whatever its platform if none is requested, but only for Linux", async () => {
    const arm = makeImage(tars, { architecture: "arm64" });
    const reference = await push(arm);
    expect((await ensure(reference)).image).toMatchObject({ digest: arm.digest, platform: "linux/arm64" });
    expect((await ensure(reference, "never")).image.digest).toBe(arm.digest);
    expect((await ensure(reference, "always")).events).toEqual([]);
    const windows = makeImage(tars, { os: "windows" });
    await expect(ensure(await push(windows))).rejects.toMatchObject({ code: "platform-missing" });
  });

  it("takes the image for 386 from an index without one for amd64, but only if none is requested", async () => {
    const small = makeImage(tars, { architecture: "386" });
    const arm = makeImage(tars, { architecture: "arm64" });
    const reference = await push(
      makeIndex([
        { image: arm, platform: { os: "linux", architecture: "arm64" } },
        { image: small, platform: { os: "linux", architecture: "386" } },
      ]),
    );
    await expect(ensure(reference, "missing", { platform: "linux/amd64" })).rejects.toMatchObject({
      code: "platform-missing",
    });
    expect((await ensure(reference)).image).toMatchObject({ digest: small.digest, platform: "linux/386" });
    expect((await ensure(reference, "never")).image.digest).toBe(small.digest);
  });

  it("takes the newest variant of arm that the requested one can run, as the index lists it", async () => {
    const arm = (variant: string) => ({
      // Many configurations do not contain the variant.
      image: makeImage([makeTar({ variant })], { architecture: "arm" }),
      platform: { os: "linux", architecture: "arm", variant },
    });
    const [v5, v6, v7] = [arm("v5"), arm("v6"), arm("v7")];
    const all = await push(makeIndex([v5, v6, v7]));
    const old = await push(makeIndex([v5, v6]));
    const ask = async (reference: string, platform: string) =>
      (await ensure(reference, "missing", { platform })).image;
    expect(await ask(all, "linux/arm")).toMatchObject({ digest: v7.image.digest, platform: "linux/arm/v7" });
    expect(await ask(all, "linux/arm/v6")).toMatchObject({ digest: v6.image.digest });
    expect(await ask(old, "linux/arm/v7")).toMatchObject({
      digest: v6.image.digest,
      platform: "linux/arm/v6",
    });
    await expect(ask(await push(makeIndex([v7])), "linux/arm/v6")).rejects.toMatchObject({
      code: "platform-missing",
    });
  });

  it("is that of the image with an ID, or the image is not there", async () => {
    const arm = makeImage(tars, { architecture: "arm64" });
    await ensure(await push(arm));
    const id = arm.configDigest;
    expect((await ensure(id, "never", { platform: "linux/arm64" })).image.digest).toBe(arm.digest);
    await expect(ensure(id, "missing", { platform: "linux/amd64" })).rejects.toMatchObject({
      code: "platform-missing",
      hint: "available platforms: linux/arm64",
    });
  });
});
