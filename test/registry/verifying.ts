import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Image } from "../../src/oci/image.js";
import { makeImage, makeTar, pushImage, type TestImage, type TestIndex } from "./image.js";
import { bundleProduct, type Product } from "./product.js";
import { startRegistry, type Registry } from "./registry.js";

/** Set-up for tests of signatures: a real registry, and a store for each test. */
export let registry: Registry;
export let product: Product;
export let home: string;
const before = { home: process.env["BOX_HOME"], settings: process.env["BOX_SETTINGS"] };

beforeAll(async () => {
  [registry, product] = await Promise.all([startRegistry(), bundleProduct()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([registry.stop(), product.remove()]);
  process.env["BOX_HOME"] = before.home;
  if (before.settings === undefined) delete process.env["BOX_SETTINGS"];
  else process.env["BOX_SETTINGS"] = before.settings;
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-signed-"));
  process.env["BOX_HOME"] = home;
  process.env["BOX_SETTINGS"] = join(home, "settings.yaml");
});
afterEach(() => rm(home, { recursive: true, force: true }));

export const image = makeImage([makeTar({ hello: "signed" })]);
export const other = makeImage([makeTar({ hello: "other" })]);

let names = 0;
export const newName = () => `signed/app${names++}`;
export const push = (name: string, tag: string, what: TestImage | TestIndex) =>
  pushImage(registry.host, name, tag, what);
/** The tag under which cosign 1 and 2 store the signatures of a digest. */
export const sigTag = (digest: string) => `${digest.replace(":", "-")}.sig`;

export async function file(name: string, content: string): Promise<string> {
  const path = join(home, name);
  await writeFile(path, content);
  return path;
}

export async function ensure(
  name: string,
  verify?: string,
  pull: "always" | "missing" | "never" = "missing",
): Promise<Image> {
  const reference = `${registry.host}/${name}`;
  return product.ensureStored(reference, { pull, verify, onProgress: () => undefined });
}

/** Expects box to refuse an image for this reason. */
export async function refusesFor(name: string, verify: string, why: RegExp): Promise<void> {
  await expect(ensure(name, verify)).rejects.toMatchObject({
    code: "signature-invalid",
    message: expect.stringMatching(why) as string,
  });
}
