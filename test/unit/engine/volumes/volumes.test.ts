import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";

vi.mock(import("../../../../src/vm/volume/helper.js"), () => ({
  VMM_HELPER: join(process.cwd(), "dist", "native", "box-vmm"),
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-engine-"));
});
afterEach(() => rm(folder, { recursive: true }));

const open = (name: string): Engine =>
  openEngine({ home: join(folder, name), runtime: join(folder, `${name}-run`) });
const namesOf = async ({ volumes }: Engine) => (await volumes.list()).map(({ name }) => name);

it("two engines in one process have separate volumes", async () => {
  const [a, b] = [open("a"), open("b")];
  await a.volumes.create("data", { labels: { tier: "1" } });
  await b.volumes.create("other");
  expect([await namesOf(a), await namesOf(b)]).toEqual([["data"], ["other"]]);
  expect(await a.volumes.find("data")).toMatchObject({
    data: join(folder, "a/volumes/data/_data"),
    labels: { tier: "1" },
  });
  await expect(b.volumes.find("data")).rejects.toMatchObject({ code: "no-such-volume" });
});

it("removes a volume once, and ignores a missing one with force", async () => {
  const engine = open("a");
  const { volumes } = engine;
  await volumes.create("data");
  await volumes.remove("data");
  await expect(volumes.remove("data")).rejects.toMatchObject({ code: "no-such-volume" });
  await volumes.remove("data", { force: true });
  expect(await namesOf(engine)).toEqual([]);
});

it("prunes anonymous volumes, and with all also named ones", async () => {
  const { volumes } = open("a");
  const { name } = await volumes.create();
  await volumes.create("data");
  await volumes.create("kept", { labels: { keep: "" } });
  expect((await volumes.prune()).names).toEqual([name]);
  expect((await volumes.prune({ all: true, fits: (labels) => !("keep" in labels) })).names).toEqual(["data"]);
});

it("refuses a label named __proto__ instead of losing it", async () => {
  const engine = open("a");
  const labels = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
  await expect(engine.volumes.create("data", { labels })).rejects.toMatchObject({
    ...{ code: "invalid-config", subject: "labels", reason: 'cannot have the name "__proto__"' },
  });
  expect(await namesOf(engine)).toEqual([]);
});
