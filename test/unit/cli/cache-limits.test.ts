// @module-tag slow
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeImage, makeTar } from "../../registry/image.js";
import { writeLayout } from "../../registry/layout.js";
import { runCommand } from "./command.js";

let folder: string;
let home: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-limits-"));
  await writeFile(join(folder, "settings.yaml"), "cache: { maxCacheBytes: 0 }\n");
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  home = await mkdtemp(join(folder, "home-"));
});

const settings = () => ({ home, env: { BOX_SETTINGS: join(folder, "settings.yaml") } });

async function box(args: string[], input: Buffer | "" = ""): Promise<string> {
  const { code, stdout, stderr } = await runCommand(args, { ...settings(), input });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

const images = async () => (await box(["images", "-q", "--no-trunc"])).split("\n").filter(Boolean).sort();
const [a, b] = ["a", "b"].map((name) => makeImage([makeTar({ [name]: name }), makeTar({ shared: "x" })]));

describe("in a store with a limit of 0 bytes", () => {
  it("all images of a load are kept until another one is added", async () => {
    if (!a || !b) throw new Error("two images");
    // Tags without names: only the load itself needs the images.
    await writeLayout(join(folder, "layout"), { first: a, second: b });
    await box(["load", "-q", "-i", join(folder, "layout")]);
    expect(await images()).toEqual([a.configDigest, b.configDigest].sort());
    const imported = (await box(["import", "-"], makeTar({ c: "c" }))).trim();
    expect(await images()).toEqual([imported]);
    expect(await readdir(join(home, "layers"))).toHaveLength(2);
  });

  it("images with a name are kept, and one whose name was reassigned is removed by the next import", async () => {
    const first = (await box(["import", "-", "mine"], makeTar({ a: "1" }))).trim();
    const second = (await box(["import", "-", "mine"], makeTar({ a: "2" }))).trim();
    expect(await images()).toEqual([second]);
    expect(first).not.toBe(second);
    const third = (await box(["import", "-"], makeTar({ a: "3" }))).trim();
    expect(await images()).toEqual([second, third].sort());
  });

  it("concurrent imports and removals leave no partial images", { tags: "slow" }, async () => {
    const tars = [1, 2, 3, 4].map((i) => makeTar({ file: `${i}`, shared: "x".repeat(1000) }));
    const named = await Promise.all(
      tars.map(async (tar, i) => {
        const [id] = await Promise.all([
          box(["import", "-", `n:${i}`], tar),
          box(["import", "-"], tars[(i + 1) % 4]),
          box(["image", "prune", "-f"]),
        ]);
        return id.trim();
      }),
    );
    expect(await images()).toEqual(expect.arrayContaining(named));
    await box(["system", "check"]);
  });
});
