// @module-tag slow
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";
import { eventFiles, type Event } from "../../../../src/events/record.js";
import { homeOf } from "../../../../src/host/home.js";
import { makeTar, sha256 } from "../../../registry/image.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-engine-"));
});
afterEach(() => rm(folder, { recursive: true }));

const homeAt = (name: string) => join(folder, name);
const open = (name: string, settings = "none"): Engine =>
  openEngine({
    home: homeAt(name),
    runtime: join(folder, `${name}-run`),
    env: { BOX_SETTINGS: join(folder, settings) },
  });

/** Creates an image. @returns its ID */
async function make({ images }: Engine, content: string, name?: string): Promise<string> {
  const stream = Readable.from([makeTar({ content })]) as AsyncIterable<Buffer>;
  return (await images.import({ stream }, { name })).id;
}

async function eventsOf(name: string): Promise<string[]> {
  const text = await readFile(eventFiles(homeOf({ BOX_HOME: homeAt(name) })).current, "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Event)
    .map(
      ({ action, id, attributes }) =>
        `${action} ${id} ${attributes["name"] ?? attributes["reclaimed"] ?? ""}`,
    );
}

describe("image operations", () => {
  it("record events for everything they do", async () => {
    const engine = open("a");
    const { images } = engine;
    const id = await make(engine, "1", "app:1");
    const layer = sha256(makeTar({ content: "1" }));
    await images.tag("app:1", "app:2");
    const archive = await images.save(["app:2"]);
    const pieces: Uint8Array[] = [];
    for await (const piece of archive) pieces.push(piece);
    expect(await images.remove("app:1")).toEqual([{ untagged: "app:1" }]);
    expect(await images.remove(id)).toEqual([{ untagged: "app:2" }, { deleted: id }, { deleted: layer }]);
    const loaded = [];
    for await (const one of images.load(Readable.from(pieces))) loaded.push(one);
    expect(loaded).toEqual([{ id, names: ["app:2"] }]);
    const pruned = await images.prune({ all: true, fits: () => true });
    expect(pruned.deletions).toEqual([{ untagged: "app:2" }, { deleted: id }, { deleted: layer }]);
    expect(await eventsOf("a")).toEqual([
      `import ${id} app:1`,
      `tag ${id} app:2`,
      `save ${id} app:2`,
      `untag ${id} app:1`,
      `untag ${id} app:2`,
      `delete ${id} ${id}`,
      `load ${id} app:2`,
      `untag ${id} app:2`,
      `delete ${id} ${id}`,
      `prune  ${pruned.bytes}`,
    ]);
  });

  it("record images evicted for a new one", async () => {
    await writeFile(join(folder, "settings.yaml"), "cache: { maxCacheBytes: 0 }\n");
    const engine = open("a", "settings.yaml");
    const [first, second] = [await make(engine, "1"), await make(engine, "2")];
    expect(await eventsOf("a")).toEqual([
      `import ${first} ${first}`,
      `import ${second} ${second}`,
      `delete ${first} ${first}`,
    ]);
  });

  it("hold leases only while they need them", async () => {
    const engine = open("a");
    await make(engine, "1", "app");
    const archive = await engine.images.save(["app"]);
    await expect(engine.images.remove("app")).rejects.toMatchObject({ code: "image-in-use" });
    for await (const piece of archive) expect(piece.length).toBeGreaterThan(0);
    expect(await readdir(join(homeAt("a"), "holds"))).toEqual([]);
    expect(await engine.images.remove("app")).toHaveLength(3);
  });

  it("refuse a missing image, with force too", async () => {
    const { images } = open("a");
    await expect(images.remove("nothing", { force: true })).rejects.toMatchObject({ code: "no-such-image" });
    await expect(images.remove("nothing")).rejects.toMatchObject({ code: "no-such-image" });
  });
});

it("two engines in one process have separate images", async () => {
  const [a, b] = [open("a"), open("b")];
  const [first, second] = await Promise.all([make(a, "1", "app"), make(b, "2", "app")]);
  expect((await a.images.list()).map(({ id }) => id)).toEqual([first]);
  expect((await b.images.find("app")).record.id).toBe(second);
  await a.images.remove("app");
  expect(await a.images.list()).toEqual([]);
  expect((await b.images.inspect("app")).details.os).toBe("linux");
});

it("images are stored where the settings say", async () => {
  await writeFile(join(folder, "settings.yaml"), `cache: { cacheDir: ${join(folder, "elsewhere")} }\n`);
  const engine = open("a", "settings.yaml");
  const id = await make(engine, "1", "app");
  expect((await engine.images.list()).map((image) => image.id)).toEqual([id]);
  expect(await readdir(join(folder, "elsewhere", "images"))).toHaveLength(1);
});
