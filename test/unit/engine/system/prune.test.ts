import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openEngine } from "../../../../src/engine/engine.js";
import { temporaryBeside } from "../../../../src/host/temporaries.js";
import { ofEndedProcess } from "../../host/ended.js";
import { makeTar } from "../../../registry/image.js";

vi.mock(import("../../../../src/vm/volume/helper.js"), () => ({
  VMM_HELPER: join(process.cwd(), "dist", "native", "box-vmm"),
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-engine-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("removes unused objects kind by kind, and records events", async () => {
  const { images, networks, volumes, system } = openEngine({ home: folder, runtime: join(folder, "run") });
  const stream = Readable.from([makeTar({ a: "b" })]) as AsyncIterable<Buffer>;
  const { id } = await images.import({ stream });
  const { name } = await volumes.create();
  await networks.create("shop");
  const before = await system.usage();
  expect([before.inventory.images.length, before.volumes.length, before.boxes.length]).toEqual([1, 1, 0]);
  const parts = [];
  for await (const part of system.prune({ fits: () => true, volumes: true })) parts.push(part);
  expect(parts).toMatchObject([
    { kind: "boxes", ids: [] },
    { kind: "networks", names: ["shop"], bytes: 0 },
    { kind: "volumes", names: [name], failures: [] },
    { kind: "images", deletions: [{ deleted: id }, { deleted: expect.any(String) as string }] },
  ]);
  const events = (await readFile(join(folder, "events.jsonl"), "utf8")).match(
    /"type":"(\w+)","action":"prune"/g,
  );
  expect(events).toHaveLength(4);
});

it("removes unfinished files of commands that were killed, wherever they are", async () => {
  const { system } = openEngine({ home: folder, runtime: join(folder, "run") });
  for (const name of ["verified-files", "templates/scratch-64m.ext4"]) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(ofEndedProcess(temporaryBeside(join(folder, name))), "");
  }
  for await (const part of system.prune()) expect(part).toBeDefined();
  const left = await readdir(folder, { recursive: true });
  expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
