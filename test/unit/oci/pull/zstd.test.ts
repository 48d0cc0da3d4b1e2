// @module-tag registry
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { layerFiles, layersFolder } from "../../../../src/oci/store/paths.js";
import { makeImage, makeTar, sha256 } from "../../../registry/image.js";
import { writeLayout } from "../../../registry/layout.js";
import { bundleProduct, type Product } from "../../../registry/product.js";
import { startRegistry, type Registry } from "../../../registry/registry.js";
import { currentStore } from "../../current.js";

let home: string;
let registry: Registry;
let product: Product;
const before = process.env["BOX_HOME"];
beforeAll(async () => {
  [home, registry, product] = await Promise.all([
    mkdtemp(join(tmpdir(), "box-zstd-")),
    startRegistry(),
    bundleProduct(),
  ]);
  process.env["BOX_HOME"] = home;
});
afterAll(async () => {
  process.env["BOX_HOME"] = before;
  await Promise.all([registry.stop(), product.remove(), rm(home, { recursive: true, force: true })]);
});

it("an image that skopeo pushed with one or more zstd layers can be pulled", async () => {
  const tars = [1, 2, 3].map((i) => makeTar({ [`file${i}`]: `content ${i}\n`.repeat(50_000) }));
  for (const [name, some] of [
    ["three", tars],
    ["one", [makeTar({ single: "x".repeat(100_000) })]],
  ] as const) {
    const image = makeImage([...some], { compress: (tar) => tar, layerSuffix: "" });
    const folder = join(home, name);
    await writeLayout(folder, { latest: image });
    const flags = ["--quiet", "--dest-tls-verify=false", "--dest-compress-format", "zstd"];
    const places = [`oci:${folder}:latest`, `docker://${registry.host}/zstd/${name}`];
    execFileSync("skopeo", ["--insecure-policy", "copy", ...flags, ...places], { stdio: "pipe" });
    const response = await fetch(`http://${registry.host}/v2/zstd/${name}/manifests/latest`, {
      headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    expect(await response.text()).toContain("tar+zstd");

    const pull = { pull: "always", onProgress: () => undefined } as const;
    const found = await product.ensureStored(`${registry.host}/zstd/${name}`, pull);
    expect(found.id).toBe(image.configDigest);
    for (const diffId of image.diffIds) {
      expect(sha256(await readFile(layerFiles(layersFolder(currentStore()), diffId).tar))).toBe(diffId);
    }
  }
});
