import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { homeOf } from "../../../src/host/home.js";
import { createWritableLayer } from "../../../src/vm/writable-layer.js";

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
