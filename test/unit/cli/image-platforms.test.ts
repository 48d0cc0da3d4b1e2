// @module-tag registry
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeImage, makeIndex, makeTar, pushImage, type TestImage } from "../../registry/image.js";
import { startRegistry, type Registry } from "../../registry/registry.js";
import { runCommand } from "./command.js";

const OWN = process.arch === "arm64" ? "arm64" : "amd64";
const OTHER = OWN === "arm64" ? "amd64" : "arm64";

const base = makeTar({ base: "shared ".repeat(1000) });
const images = [OWN, OTHER].map((architecture) =>
  makeImage([base, makeTar({ a: architecture })], { architecture, created: "2026-01-01T00:00:00Z" }),
) as [TestImage, TestImage];
const [own, other] = images;
const index = makeIndex([
  { image: own, platform: { os: "linux", architecture: OWN } },
  { image: other, platform: { os: "linux", architecture: OTHER } },
]);

let registry: Registry;
let home: string;
let name: string;

const box = (...args: string[]) => boxWith(join(home, "none"), ...args);

const boxWith = (settings: string, ...args: string[]) =>
  runCommand(args, { home, env: { BOX_SETTINGS: settings } });

const lines = (text: string) => text.split("\n").filter(Boolean);
const short = (image: TestImage) => image.configDigest.slice(7, 19);
const count = async (folder: string) => (await readdir(join(home, folder)).catch(() => [])).length;

beforeAll(async () => {
  registry = await startRegistry();
  name = `${registry.host}/test/both`;
  await pushImage(registry.host, "test/both", "latest", index);
}, 120_000);
afterAll(() => registry.stop());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-platforms-"));
  await box("pull", "-q", name);
  await box("pull", "-q", "--platform", `linux/${OTHER}`, name);
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe("a name with images for several platforms", () => {
  it("is listed on one line by box images, with the digest of the index", async () => {
    const { stdout } = await box("images", "--no-trunc", "--digests", "--format", "json");
    expect(lines(stdout).map((line) => JSON.parse(line) as object)).toMatchObject([
      { Repository: name, Tag: "latest", ID: own.configDigest, Digest: index.digest },
    ]);
  });

  it("can be inspected for each platform", async () => {
    for (const [image, platform] of [
      [own, []],
      [own, ["--platform", `linux/${OWN}`]],
      [other, ["--platform", OTHER]],
    ] as const) {
      const { stdout } = await box("image", "inspect", ...platform, name);
      expect(JSON.parse(stdout)).toMatchObject([
        {
          Id: image.configDigest,
          RepoTags: [`${name}:latest`],
          RepoDigests: [`${name}@${index.digest}`],
        },
      ]);
      const steps = await box("history", "-q", ...platform, name);
      expect(lines(steps.stdout)[0]).toBe(short(image));
    }
    const missing = await box("image", "inspect", "--platform", "linux/s390x", name);
    expect(missing).toMatchObject({ code: 1, stdout: "[]\n" });
    expect(lines(missing.stderr)).toEqual([
      `box: image ${name} for linux/s390x is not on this host`,
      `hint: available platforms: linux/${OWN}, linux/${OTHER}; \`box pull --platform linux/s390x\` pulls it`,
    ]);
  });

  it.each<[string, () => string]>([
    ["itself", () => name],
    ["the id of one of them", () => short(other)],
    ["the digest of the index", () => `${name}@${index.digest}`],
  ])("is removed by %s, with all its images and the index", async (_, word) => {
    const { stdout } = await box("rmi", word());
    expect(lines(stdout)).toEqual(
      expect.arrayContaining([
        `Untagged: ${name}:latest`,
        `Deleted: ${own.configDigest}`,
        `Deleted: ${other.configDigest}`,
      ]),
    );
    for (const folder of ["images", "layers", "indexes"]) expect(await count(folder)).toBe(0);
  });

  it("loses only the images that rmi --platform names, and is removed with the last of them", async () => {
    const platforms = async () => {
      const { stdout } = await box("image", "inspect", "-f", "{{.Architecture}}", name);
      return stdout.trim();
    };
    // The other one was pulled last.
    expect((await box("rmi", "--platform", `linux/${OTHER}`, name)).stdout).toMatch(
      new RegExp(`^Deleted: ${other.configDigest}\n(Deleted: sha256:\\w+\n)+$`),
    );
    expect(await platforms()).toBe(OWN);
    expect([await count("images"), await count("indexes")]).toEqual([1, 1]);
    const file = join(home, "indexes", `${index.digest.slice(7)}.json`);
    await writeFile(file, "{}");
    expect((await box("system", "check")).stdout).toContain(`Repaired: ${name}:latest`);
    const missing = await box("rmi", "--platform", OTHER, name);
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toContain(`for linux/${OTHER} is not on this host`);

    await box("tag", name, "mine:1");
    const refused = await box("rmi", "--platform", OWN, name);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("image is referenced in multiple repositories");
    const { stdout } = await box("rmi", "-f", "--platform", `${OWN},${OWN}`, name);
    expect(lines(stdout)).toEqual(
      expect.arrayContaining([
        `Deleted: ${own.configDigest}`,
        `Untagged: ${name}:latest`,
        `Untagged: ${name}@${index.digest}`,
        "Untagged: mine:1",
      ]),
    );
    for (const folder of ["images", "layers", "indexes"]) expect(await count(folder)).toBe(0);
  });

  it("leaves its images and index if another name refers to them", async () => {
    await box("tag", name, "mine:1");
    expect((await box("rmi", name)).stdout).toBe(
      `Untagged: ${name}:latest\nUntagged: ${name}@${index.digest}\n`,
    );
    expect(await count("indexes")).toBe(1);
    for (const [image, platform] of [
      [own, OWN],
      [other, OTHER],
    ] as const) {
      const { stdout } = await box("image", "inspect", "-f", "{{.Id}}", "--platform", platform, "mine:1");
      expect(stdout).toBe(`${image.configDigest}\n`);
    }
    await box("tag", short(other), "alone:1");
    expect(lines((await box("rmi", "mine:1")).stdout).slice(0, 2)).toEqual([
      "Untagged: mine:1",
      `Deleted: ${own.configDigest}`,
    ]);
    expect(await count("indexes")).toBe(0);
    expect(await count("images")).toBe(1);
  });

  it("is pruned only if no box uses any of its images", async () => {
    await box("create", "--vmm", "qemu", "--name", "user", name);
    expect((await box("image", "prune", "-af")).stdout).toBe("Total reclaimed space: 0B\n");
    expect(await count("images")).toBe(2);
    const refused = await box("rmi", name);
    expect(refused.stderr).toMatch(
      /unable to remove repository reference ".*" \(must force\) - container \w{12} is using its/,
    );
    await box("rm", "user");
    const { stdout } = await box("image", "prune", "-af");
    expect(lines(stdout)).toContain(`untagged: ${name}:latest`);
    for (const folder of ["images", "layers", "indexes"]) expect(await count(folder)).toBe(0);
  });

  it("is exempt from the limits of the cache as long as the name exists", async () => {
    await writeFile(join(home, "settings.yaml"), "cache: { maxCacheBytes: 0 }\n");
    const others = ["another", "last"].map((a) => makeImage([makeTar({ a })], { architecture: OWN }));
    for (const [i, image] of others.entries()) {
      await pushImage(registry.host, `test/other${i}`, "latest", image);
      // A pull checks the limits afterwards.
      await boxWith(join(home, "settings.yaml"), "pull", "-q", `${registry.host}/test/other${i}`);
      expect([await count("images"), await count("indexes")]).toEqual(i === 0 ? [3, 1] : [2, 0]);
      await box("tag", `${registry.host}/test/other${i}`, name);
    }
  });

  it("is pushed as an index, or for one platform with a warning that names the missing ones", async () => {
    const again = `${registry.host}/test/again:1`;
    await box("tag", name, again);
    const whole = await box("push", again);
    expect(whole.code).toBe(0);
    expect(whole.stdout).toContain(`\n1: digest: ${index.digest} size: ${index.manifest.length}\n`);
    expect(whole.stderr).not.toContain("warning");
    expect((await box("push", "--platform", OTHER, again)).stdout).toContain(`digest: ${other.digest} `);
    await box("rmi", "-f", "--platform", OTHER, name);
    const elsewhere = `${registry.host}/test/elsewhere:1`;
    await box("tag", name, elsewhere);
    const alone = await box("push", "-q", elsewhere);
    expect(alone).toMatchObject({ code: 0, stdout: `${elsewhere}\n` });
    expect(alone.stderr).toBe(
      `warning: ${elsewhere}: pushed only linux/${OWN}; not available locally: linux/${OTHER}\n`,
    );
  });

  it("is saved and loaded for all platforms or for one", async () => {
    const archive = join(home, "all.tar");
    const part = join(home, "part.tar");
    await box("save", "-o", archive, name);
    await box("save", "--platform", OTHER, "-o", part, name);
    for (const [file, flags, here] of [
      [archive, [], [own, other]],
      [archive, ["--platform", OTHER], [other]],
      [part, [], [other]],
    ] as const) {
      await box("rmi", name);
      expect(await box("load", "-q", "-i", file, ...flags)).toMatchObject({
        code: 0,
        stdout: `Loaded image: ${name}:latest\n`,
      });
      expect(await count("images")).toBe(here.length);
      for (const image of here) {
        const { stdout } = await box("image", "inspect", "-f", "{{.Id}}", short(image));
        expect(stdout).toBe(`${image.configDigest}\n`);
      }
      expect((await box("system", "check")).code).toBe(0);
    }
    const { code, stderr } = await box("load", "-i", part, "--platform", "linux/s390x");
    expect(code).toBe(1);
    expect(stderr).toContain("has no image for linux/s390x");
  });

  it("is counted by box system df, and its index is repaired by box system check", async () => {
    const { stdout } = await box("system", "df", "--format", "json");
    expect(JSON.parse(lines(stdout)[0] ?? "")).toMatchObject({ TotalCount: "2", Active: "0" });
    const file = join(home, "indexes", `${index.digest.slice(7)}.json`);
    await writeFile(file, "{}");
    const found = await box("system", "check");
    expect(found.stderr).toContain(`index ${index.digest}: content does not match its digest`);
    expect(found).toMatchObject({ code: 0 });
    expect(lines(found.stdout).at(-1)).toBe(`Repaired: ${name}:latest`);
    const again = await box("system", "check");
    expect(again.stdout).toBe("3 layers and 2 images checked, no errors found\n");
    expect((await box("image", "inspect", "-f", "{{.Id}}", name)).stdout).toBe(`${own.configDigest}\n`);
  });
});
