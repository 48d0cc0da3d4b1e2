import { chmod, link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureFolder } from "../../../../src/engine/system/measure.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-measure-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const usageOf = async (path: string) => (await stat(path)).blocks * 512;

describe("the disk usage of a folder", () => {
  it("is 0 without files, however many directories it has, and if it is missing", async () => {
    await mkdir(join(folder, "empty/a/b/c"), { recursive: true });
    expect(await measureFolder(join(folder, "empty"))).toBe(0);
    expect(await measureFolder(join(folder, "missing"))).toBe(0);
  });

  it("counts files at any depth, those with several names once, and never what a link points to", async () => {
    const within = join(folder, "some");
    await mkdir(join(within, "deep/er"), { recursive: true });
    const outside = join(folder, "outside");
    for (const path of [join(within, "one"), join(within, "deep/er/two"), outside])
      await writeFile(path, Buffer.alloc(100_000, 1));
    await link(join(within, "one"), join(within, "deep/again"));
    await symlink(outside, join(within, "link"));
    await chmod(join(within, "one"), 0o000);
    expect(await measureFolder(within)).toBe(
      (await usageOf(join(within, "one"))) + (await usageOf(join(within, "deep/er/two"))),
    );
  });
});
