import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Image } from "../../src/oci/image.js";
import { fsck } from "../tree/fsck.js";
import type { Member } from "../tree/tar-writer.js";
import { writeTar } from "../tree/tar-writer.js";
import { makeImage, makeTar, type TestImage, type TestIndex } from "./image.js";
import { bundleProduct, type Product } from "./product.js";
import { startScripted, type Fault, type ScriptedRegistry } from "./scripted.js";

/**
 * Pulls malicious images from a registry. In all cases, nothing is written outside the store, errors are one line, and
 * the store still works afterwards.
 */
export let product: Product;
export let surroundings: string;
export let home: string;
export const registries: ScriptedRegistry[] = [];
const before = process.env["BOX_HOME"];

beforeAll(async () => {
  product = await bundleProduct();
}, 120_000);
afterAll(async () => {
  await product.remove();
  process.env["BOX_HOME"] = before;
});
beforeEach(async () => {
  surroundings = await mkdtemp(join(tmpdir(), "box-hostile-"));
  await mkdir(join(surroundings, "outside"));
  await writeFile(join(surroundings, "outside", "file"), "untouched");
  home = join(surroundings, "a", "b", "store");
  process.env["BOX_HOME"] = home;
});
afterEach(async () => {
  for (const registry of registries.splice(0)) await registry.stop();
  await rm(surroundings, { recursive: true, force: true });
});

const good = makeImage([makeTar({ hello: "world" })]);

export async function pull(image: TestImage | TestIndex, fault?: Fault): Promise<Image> {
  const registry = await startScripted({ latest: image, good }, fault);
  registries.push(registry);
  const options = { pull: "missing" as const, onProgress: () => undefined };
  try {
    return await product.ensureStored(`${registry.host}/app`, options);
  } finally {
    expect(await readFile(join(surroundings, "outside", "file"), "utf8")).toBe("untouched");
    expect((await readdir(surroundings)).sort()).toEqual(["a", "outside"]);
    expect(await readdir(join(home, "tmp"))).toEqual([]);
    await product.ensureStored(`${registry.host}/app:good`, options);
  }
}

export async function refusal(
  image: TestImage | TestIndex,
  fault?: Fault,
): Promise<{ code: string; message: string }> {
  const error: unknown = await pull(image, fault).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: "BoxError" });
  const { code, message } = error as { code: string; message: string };
  expect(message).not.toMatch(/[\n\r\x1b]/);
  expect(message.length).toBeLessThan(1000);
  return { code, message };
}

/** Pulls an image, then checks and unpacks its disk with another program. @returns the folder */
export async function unpack(image: TestImage): Promise<string> {
  const { disk } = await pull(image);
  const [index = "", ...tars] = [...(await readFile(disk, "utf8")).matchAll(/FLAT "(.*)" 0$/gm)].map(
    ([, path = ""]) => path,
  );
  const folder = join(surroundings, "a", "unpacked");
  expect(await fsck(index, tars, `--extract=${folder}`)).not.toMatch(/<E>/);
  return folder;
}

export const file = (path: string, text = "x"): Member => ({ path, type: "0", data: Buffer.from(text) });
export const folder = (path: string): Member => ({ path, type: "5", mode: 0o755 });
export const symlink = (path: string, linkTarget: string): Member => ({ path, type: "2", linkTarget });
export const link = (path: string, linkTarget: string): Member => ({ path, type: "1", linkTarget });
export const imageOf = (...layers: Member[][]) => makeImage(layers.map((members) => writeTar(members)));
export const OUTSIDE = "../".repeat(40);
