import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { pullImage } from "../../../../src/oci/pull/pull.js";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import { startScripted } from "../../../registry/scripted.js";
import { currentStore } from "../../current.js";

let home: string;
const before = process.env["BOX_HOME"];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-space-"));
  process.env["BOX_HOME"] = home;
});
afterEach(() => rm(home, { recursive: true, force: true }));
afterAll(() => {
  process.env["BOX_HOME"] = before;
});

it("an image that cannot fit on the disk is refused in one line before any of its layers is requested", async () => {
  const image = makeImage([makeTar({ a: "1" })], {
    edit: (manifest) => ({
      ...manifest,
      layers: manifest.layers.map((layer) => ({ ...layer, size: 10 ** 15 })),
    }),
  });
  const registry = await startScripted({ latest: image });
  try {
    await expect(
      pullImage(currentStore(), parseReference(`${registry.host}/large`), () => undefined),
    ).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringMatching(
        /^no space left on the disk of .* for the layers of the image: at least 1000000000 MB needed, \d+ MB free, of which \d+ MB are reserved$/,
      ) as string,
    });
    expect(registry.count(image.configDigest)).toBe(1);
    expect(registry.count(image.layers[0]?.digest ?? "")).toBe(0);
    expect(await readdir(join(home, "tmp"))).toEqual([]);
  } finally {
    await registry.stop();
  }
});
