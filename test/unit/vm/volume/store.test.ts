import { mkdtemp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { removeVolume } from "../../../../src/vm/volume/folders.js";
import { ensureVolume, findVolume, listVolumes, sweepVolumes } from "../../../../src/vm/volume/store.js";
import { currentHome } from "../../current.js";

// The helper is next to the bundle.
vi.mock(import("../../../../src/vm/volume/helper.js"), () => ({
  VMM_HELPER: join(process.cwd(), "dist", "native", "box-vmm"),
}));

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-volumes-"));
  vi.stubEnv("BOX_HOME", home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const entries = () => readdir(join(home, "volumes"));

describe("a named volume", () => {
  it("is created once, and found with its labels and content", async () => {
    const made = await ensureVolume(currentHome(), "data", { labels: { a: "b" } });
    await writeFile(join(made.data, "file"), "x");
    const again = await ensureVolume(currentHome(), "data");
    expect(again).toEqual(made);
    expect(await findVolume(currentHome(), "data")).toEqual(made);
    expect(made).toMatchObject({ name: "data", labels: { a: "b" }, anonymous: false });
    expect(await readdir(again.data)).toEqual(["file"]);
  });

  it("is the same for concurrent requests", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => ensureVolume(currentHome(), "shared")));
    expect(new Set(made.map(({ createdAt, data }) => `${createdAt} ${data}`)).size).toBe(1);
    expect(await entries()).toEqual(["shared"]);
  });

  it("is removed with its content", async () => {
    const made = await ensureVolume(currentHome(), "data");
    await mkdir(join(made.data, "deep", "er"), { recursive: true });
    await removeVolume(currentHome(), "data");
    await removeVolume(currentHome(), "data");
    expect(await entries()).toEqual([]);
    await expect(findVolume(currentHome(), "data")).rejects.toMatchObject({
      code: "no-such-volume",
    });
  });

  it("does not exist if its creation was interrupted", async () => {
    await ensureVolume(currentHome(), "whole");
    await mkdir(join(home, "volumes", "half", "_data"), { recursive: true });
    expect((await listVolumes(currentHome())).map(({ name }) => name)).toEqual(["whole"]);
  });

  it.each(["", "x", "../up", "a/b", ".hidden", "-flag", "a b", "n".repeat(129), "a\0b"])(
    "cannot be called %j",
    async (name) => {
      await expect(ensureVolume(currentHome(), name)).rejects.toMatchObject({ code: "invalid-volume-name" });
      await expect(findVolume(currentHome(), name)).rejects.toMatchObject({ code: "no-such-volume" });
    },
  );
});

describe("sweepVolumes", () => {
  it("removes what killed commands left behind, but nothing that a running one is creating", async () => {
    const folder = join(home, "volumes");
    await mkdir(join(folder, ".unfinished-4194304-abc", "_data"), { recursive: true });
    await mkdir(join(folder, `.unfinished-${process.pid}-abc`), { recursive: true });
    await ensureVolume(currentHome(), "kept");
    await sweepVolumes(currentHome());
    expect((await entries()).sort()).toEqual([`.unfinished-${process.pid}-abc`, "kept"]);
  });
});
