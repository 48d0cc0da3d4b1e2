import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { homeOf } from "../../../src/host/home.js";
import { temporaryBeside } from "../../../src/host/temporaries.js";
import { createWritableLayer, layerTemplate } from "../../../src/vm/writable-layer.js";
import { ofEndedProcess } from "../host/ended.js";

const run = promisify(execFile);
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

it("creates the first writable layers of a home directory completely, even several at once in one process", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-upper-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const home = homeOf({ PATH, BOX_HOME: folder });
  const layers = [1, 2, 3, 4, 5].map((n) => join(folder, `${n}.ext4`));
  await Promise.all(layers.map((path) => createWritableLayer(home, path, { sizeMb: 64, kind: "scratch" })));
  for (const path of layers) await run("e2fsck", ["-fn", path], { env: { PATH } });
  expect(await readdir(join(folder, "templates"))).toEqual(["scratch-64m.ext4"]);
});

it("creating one removes what a command that was killed while it formatted another has left", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-upper-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "templates"));
  await writeFile(ofEndedProcess(temporaryBeside(join(folder, "templates", "persistent-4096m.ext4"))), "");
  const home = homeOf({ PATH, BOX_HOME: folder });
  await createWritableLayer(home, join(folder, "1.ext4"), { sizeMb: 64, kind: "scratch" });
  expect(await readdir(join(folder, "templates"))).toEqual(["scratch-64m.ext4"]);
});

it.each([
  ["is empty", (path: string) => truncate(path, 0)],
  ["has lost its contents", (path: string) => truncate(path, 0).then(() => truncate(path, 64 << 20))],
  ["is a link", (path: string) => rm(path).then(() => symlink("elsewhere", path))],
])("formats another one if the file system that layers are copied from %s", async (_, damage) => {
  const folder = await mkdtemp(join(tmpdir(), "box-upper-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const home = homeOf({ PATH, BOX_HOME: folder });
  const path = await layerTemplate(home, 64, "scratch");
  await damage(path);
  await createWritableLayer(home, join(folder, "1.ext4"), { sizeMb: 64, kind: "scratch" });
  for (const layer of [path, join(folder, "1.ext4")]) await run("e2fsck", ["-fn", layer], { env: { PATH } });
});
