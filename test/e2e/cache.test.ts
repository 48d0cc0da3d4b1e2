import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeImage, makeTar, pushImage } from "../registry/image.js";
import { push, startRegistry, type Registry } from "../registry/registry.js";
import { box, ROOT, run, runDetached } from "./box.js";
import { homeIn, shareTemplates } from "./own-home.js";

let registry: Registry;
let folder: string;
let env: NodeJS.ProcessEnv;
let image: string;

beforeAll(async () => {
  registry = await startRegistry();
  folder = await mkdtemp(join(ROOT, "build", "e2e-cache-"));
  env = homeIn(folder);
  shareTemplates(join(folder, "home"));
  image = `${registry.host}/test/busybox:latest`;
  push(join(ROOT, "build", "images", "busybox"), image);
});
afterEach(() => rm(env["BOX_SETTINGS"] ?? "", { force: true }));
afterAll(async () => {
  const { stdout } = await box(["ps", "-aq"], { env });
  const ids = stdout.split("\n").filter(Boolean);
  if (ids.length > 0) await box(["rm", "-f", ...ids], { env });
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

const imagesIn = (store: string) => readdir(join(store, "images")).catch(() => []);

describe("a box with --no-cache", () => {
  it("has its own copy of the image, which is removed with it", async () => {
    const home = join(folder, "home");
    const id = await runDetached(["--no-cache", image, "sleep", "1000"], { env });
    expect(await imagesIn(join(home, "uncached", id))).toHaveLength(1);
    expect(await imagesIn(home)).toEqual([]);
    expect((await box(["images", "-q"], { env })).stdout).toBe("");
    await box(["rm", "-f", id], { env });
    expect(await readdir(join(home, "uncached"))).toEqual([]);
  });

  it("leaves nothing behind when its creation fails", async () => {
    const result = await run(["--no-cache", "--rm", image, "/no/such/program"], { env });
    expect(result.code).toBe(127);
    const missing = await run(["--no-cache", `${registry.host}/test/none`], { env });
    expect(missing.stderr).toContain("manifest unknown");
    expect(await readdir(join(folder, "home", "uncached"))).toEqual([]);
  });
});

describe("the image store", () => {
  it("is in cacheDir of --config, which overrides the settings", async () => {
    const [ours, others] = [join(folder, "ours"), join(folder, "others")];
    const config = join(folder, "config.json");
    await writeFile(config, JSON.stringify({ cache: { cacheDir: ours } }));
    await writeFile(env["BOX_SETTINGS"] ?? "", `cache: { cacheDir: ${others} }\n`);
    const result = await run(["--rm", "--config", config, image, "echo", "hello"], { env });
    expect(result).toMatchObject({ code: 0, stdout: "hello\n" });
    expect(await imagesIn(ours)).toHaveLength(1);
    expect(existsSync(others)).toBe(false);
    await box(["pull", image], { env });
    expect(await imagesIn(others)).toHaveLength(1);
  });

  it("keeps at most maxRootfsEntries unused images, and those that boxes need", async () => {
    await writeFile(env["BOX_SETTINGS"] ?? "", "cache: { maxRootfsEntries: 1 }\n");
    const store = join(folder, "home");
    await runDetached([image, "true"], { env });
    const [ofBox] = await imagesIn(store);
    const versions = [1, 2, 3].map((i) => makeImage([makeTar({ version: `${i}` })]));
    for (const version of versions) {
      await pushImage(registry.host, "test/busybox", "latest", version);
      await box(["pull", image], { env });
    }
    const digits = ({ digest }: { digest: string }) => digest.slice("sha256:".length);
    expect((await imagesIn(store)).sort()).toEqual([ofBox, ...versions.slice(1).map(digits)].sort());
  });

  it("stays below maxCacheBytes unless the images in use exceed it", async () => {
    await writeFile(env["BOX_SETTINGS"] ?? "", "cache: { maxCacheBytes: 1 }\n");
    const other = makeImage([makeTar({ version: "other" })]);
    await pushImage(registry.host, "test/busybox", "latest", other);
    await box(["pull", image], { env });
    expect(await imagesIn(join(folder, "home"))).toEqual([other.digest.slice("sha256:".length)]);
    expect(await readdir(join(folder, "home", "layers"))).toHaveLength(2);
  });
});
