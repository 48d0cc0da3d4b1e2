import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { openEngine } from "../../../../src/engine/engine.js";
import { thisProcess } from "../../../../src/host/owner.js";
import { temporaryBeside } from "../../../../src/host/temporaries.js";
import { ofEndedProcess } from "../../host/ended.js";
import { makingLock, templateFiles } from "../../../../src/vm/template/files.js";
import { makeTar } from "../../../registry/image.js";

vi.mock(import("../../../../src/vm/volume/helper.js"), () => ({
  VMM_HELPER: join(process.cwd(), "dist", "native", "box-vmm"),
}));

/** Whether a template is being made. */
let isMaking = false;
vi.mock("../../../../src/vm/box/lock.js", async (original) => ({
  ...(await original<typeof import("../../../../src/vm/box/lock.js")>()),
  heldLocks: (_: unknown, locks: string[]) =>
    Promise.resolve(new Set(locks.filter((lock) => isMaking && lock.endsWith("freeze.lock")))),
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

it("removes what commands that were killed have left, wherever it is and whichever objects it selects", async () => {
  const { system } = openEngine({ home: folder, runtime: join(folder, "run") });
  const ended = thisProcess().replace(/-\d+-/, "-1-");
  // No process has this PID: it is above the kernel's limit.
  const noProcess = 2 ** 22 + 1;
  const folders = [
    `holds/${"d".repeat(64)}.${ended}.0`,
    `tmp/pull-${ended}-Ab3`,
    "pools/.removing-ci",
    `volumes/.unfinished-${noProcess}-x`,
    `boxes/.creating-${noProcess}-${"a".repeat(64)}`,
  ];
  const files = [
    ...["verified-files", "templates/scratch-64m.ext4", "templates/last-start.json"],
    ...["plans/0123456789abcdef", `pushed/${"e".repeat(64)}.json`],
  ].map((name) => ofEndedProcess(temporaryBeside(join(folder, name))));
  files.push(join(folder, `networks/.creating-${noProcess}-x`));
  for (const name of folders) await mkdir(join(folder, name), { recursive: true });
  for (const file of files) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
  }
  await mkdir(join(folder, "locks"));
  await symlink(ended, join(folder, "locks", `box-${"a".repeat(64)}`));
  for await (const part of system.prune({ fits: () => false })) expect(part).toBeDefined();
  const left = await readdir(folder, { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => !entry.isDirectory()).map(({ name }) => name)).toEqual(["events.jsonl"]);
  for (const name of new Set(folders.map(dirname)))
    expect(await readdir(join(folder, name)), name).toEqual([]);
});

it("removes finished templates although one is being made, and not that one", async () => {
  const templates = join(folder, "templates");
  const [finished, unfinished] = [
    join(templates, "vm-0123456789abcdef0123456789abcdef"),
    join(templates, ".making-1"),
  ];
  const files = templateFiles(finished);
  for (const path of [finished, unfinished]) await mkdir(path, { recursive: true });
  await writeFile(makingLock(templates), "");
  await writeFile(
    files.record,
    JSON.stringify({ version: 1, madeAt: new Date().toISOString(), memoryMb: 1 }),
  );
  await writeFile(files.memory, "");
  await truncate(files.memory, 2 ** 20);
  await writeFile(files.state, "state");
  isMaking = true;
  onTestFinished(() => void (isMaking = false));
  const { system } = openEngine({ home: folder, runtime: join(folder, "run") });
  const parts = [];
  for await (const part of system.prune({ fits: () => true, all: true })) parts.push(part);
  expect(parts).toContainEqual(
    expect.objectContaining({ kind: "templates", ids: ["0123456789abcdef0123456789abcdef"] }),
  );
  expect((await readdir(templates)).sort()).toEqual([".making-1", "freeze.lock"]);
});
