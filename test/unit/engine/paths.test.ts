import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEngine, type Engine } from "../../../src/engine/engine.js";
import { createBox } from "../../../src/vm/box/create.js";
import { writeState } from "../../../src/vm/box/state.js";
import { homeOf } from "../../../src/host/home.js";
import { boxRecord } from "../vm/record.js";

let home: string;
let engine: Engine;
let id: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "box-paths-"));
  engine = openEngine({ home });
  const record = boxRecord("web");
  const folder = await createBox(homeOf({ BOX_HOME: home }), record, () => Promise.resolve());
  await writeState(folder, { status: "created" });
  ({ id } = record);
});
afterAll(() => rmSync(home, { recursive: true }));

const drain = async (results: AsyncIterable<unknown>) => {
  for await (const result of results) expect(result).toBeDefined();
};

it.each<[string, () => unknown]>([
  ["the home of an engine", () => openEngine({ home: "box" })],
  ["the socket directory of an engine", () => openEngine({ runtime: "./run" })],
  ["an archive to load", () => drain(engine.images.load("images.tar"))],
  ["a tar to import", () => engine.images.import({ file: "rootfs.tar" })],
  ["an image in a file", () => engine.images.pull("oci:layout")],
  ["a policy", () => engine.images.pull("127.0.0.1:1/app", { verify: "policy.yaml" })],
])("refuses a relative path for %s", async (_, act) => {
  await expect(Promise.resolve().then(act)).rejects.toMatchObject({ code: "relative-path" });
});

it("refuses a copy with a relative host path before it starts a VM", async () => {
  for (const copy of [
    () => engine.boxes.copyIn("file", id, "/"),
    () => engine.boxes.copyOut(id, "/etc/passwd", "."),
  ])
    await expect(copy()).rejects.toMatchObject({ code: "relative-path" });
});

it("resolves relative paths in variables against the working directory at the time the engine is opened", () => {
  const { folder, env } = homeOf({ BOX_HOME: "home", BOX_RUNTIME: "run", OTHER: "x" });
  expect([folder, env]).toEqual([
    join(process.cwd(), "home"),
    { BOX_HOME: "home", BOX_RUNTIME: join(process.cwd(), "run"), OTHER: "x" },
  ]);
});
