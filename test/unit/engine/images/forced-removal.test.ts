import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";
import { homeOf } from "../../../../src/host/home.js";
import type { Image } from "../../../../src/oci/image.js";
import { createBox } from "../../../../src/vm/box/create.js";
import { makeTar } from "../../../registry/image.js";
import { boxRecord } from "../../vm/record.js";

vi.mock(import("../../../../src/vm/box/lock.js"), () => ({
  heldLocks: () => Promise.resolve(new Set<string>()),
}));

let folder: string;
let engine: Engine;
let image: Image;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-engine-"));
  engine = openEngine({
    home: folder,
    runtime: join(folder, "run"),
    env: { BOX_SETTINGS: join(folder, "none") },
  });
  const stream = Readable.from([makeTar({ content: "1" })]) as AsyncIterable<Buffer>;
  image = await engine.images.import({ stream }, { name: "app" });
  for (const name of ["one", "two"])
    await createBox(homeOf({ BOX_HOME: folder }), boxRecord(name, { image }), () => Promise.resolve());
});
afterEach(() => rm(folder, { recursive: true }));

const stored = async () =>
  (await Promise.all(["images", "layers"].map((name) => readdir(join(folder, name))))).flat();
const listed = async () => (await engine.images.list()).map(({ repository }) => repository);

describe("an image that is removed by force while boxes that are not running need it", () => {
  it("is gone for commands, but stays in the store until the last of these boxes is removed", async () => {
    const files = await stored();
    expect(await engine.images.remove("app", { force: true })).toEqual([
      { untagged: "app:latest" },
      { deleted: image.id },
    ]);
    for (const word of ["app", image.id, image.id.slice(7, 19)])
      await expect(engine.images.remove(word, { force: true })).rejects.toMatchObject({
        code: "no-such-image",
      });
    expect(await listed()).toEqual([]);
    expect((await engine.system.usage()).inventory.images).toMatchObject([{ removed: true }]);
    await engine.boxes.remove("one");
    await engine.images.prune({ all: true, fits: () => true });
    expect(await stored()).toEqual(files);
    await engine.boxes.remove("two");
    expect(await stored()).toEqual([]);
  });

  it("goes with the next removal of anything if its boxes have gone in another way", async () => {
    await engine.images.remove("app", { force: true });
    for (const id of await readdir(join(folder, "boxes")))
      await rm(join(folder, "boxes", id), { recursive: true });
    await engine.images.prune();
    expect(await stored()).toEqual([]);
  });

  it("is known again once it is loaded again, with or without a name", async () => {
    for (const name of ["app", image.id]) {
      const pieces: Uint8Array[] = [];
      for await (const piece of await engine.images.save([name])) pieces.push(piece);
      await engine.images.remove("app", { force: true });
      const loaded = [];
      for await (const one of engine.images.load(Readable.from(pieces))) loaded.push(one.id);
      expect(loaded).toEqual([image.id]);
      expect((await engine.images.list()).map(({ id }) => id)).toEqual([image.id]);
      await engine.images.tag(image.id, "app");
    }
    await engine.boxes.remove("one");
    await engine.boxes.remove("two");
    expect(await listed()).toEqual(["app"]);
  });
});
