import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parseBox } from "../../../../src/config/parse-box.js";
import { openEngine } from "../../../../src/engine/engine.js";
import { definitionOf } from "../../../../src/engine/pools/definition.js";
import type { PruneFilter } from "../../../../src/engine/prune-filter.js";
import { shares } from "../../../../src/engine/system/usage.js";
import { writeDefinition } from "../../../../src/vm/pool/definition.js";
import { templateFiles, templateFolder } from "../../../../src/vm/template/files.js";

/** The pool `kept` has a keeper. */
vi.mock("../../../../src/vm/box/lock.js", async (original) => ({
  ...(await original<typeof import("../../../../src/vm/box/lock.js")>()),
  heldLocks: (_: unknown, locks: string[]) =>
    Promise.resolve(new Set(locks.filter((lock) => lock.includes("/kept/")))),
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-pools-"));
  for (const name of ["kept", "killed"]) {
    await mkdir(join(folder, "pools", name), { recursive: true });
    await writeFile(join(folder, "pools", name, "keeper.log"), "x".repeat(5000));
  }
});
afterEach(() => rm(folder, { recursive: true }));

/** Makes a template of a VM with one MiB of memory. @returns its directory */
async function makeTemplate(number: number): Promise<string> {
  const template = templateFolder(join(folder, "templates"), `${number}`.padStart(32, "0"));
  const files = templateFiles(template);
  await mkdir(template, { recursive: true });
  await writeFile(
    files.record,
    JSON.stringify({ version: 1, madeAt: new Date().toISOString(), memoryMb: 1 }),
  );
  await writeFile(files.memory, Buffer.alloc(2 ** 20));
  await writeFile(files.state, "state");
  return template;
}

it("pools count as disk usage, and those whose keeper was killed are pruned, unless objects are selected", async () => {
  const { system } = openEngine({ home: folder, runtime: join(folder, "run") });
  // A file is not a pool.
  await writeFile(join(folder, "pools", "notes"), "");
  const measured = await system.usage();
  expect(measured.pools).toMatchObject([
    { pool: { name: "kept", running: true } },
    { pool: { name: "killed", running: false } },
  ]);
  const pruned = async (fits: PruneFilter["fits"]) => {
    const parts = [];
    for await (const part of system.prune({ fits })) parts.push(part);
    return parts.filter(({ kind }) => kind === "pools");
  };
  expect(await pruned(({ a }) => a === "b")).toEqual([]);
  expect(await pruned(() => true)).toMatchObject([{ names: ["killed"] }]);
  expect((await readdir(join(folder, "pools"))).sort()).toEqual(["kept", "notes"]);
});

it("the image and the template of a running pool are in use, and are not pruned", async () => {
  const templates = await Promise.all([1, 2].map(makeTemplate));
  for (const [pool, template] of [
    ["kept", 1],
    ["killed", 2],
  ] as const) {
    const { config, options } = parseBox({ config: { image: "alpine" } });
    const definition = {
      ...definitionOf({ config, options, vmm: undefined, platform: undefined }),
      digest: `sha256:${pool}`,
    };
    await writeDefinition(join(folder, "pools", pool), definition);
    await writeFile(join(folder, "pools", pool, "template"), basename(templates[template - 1] ?? ""));
  }
  const { system } = openEngine({ home: folder, runtime: join(folder, "run") });
  const usage = await system.usage();
  expect(usage.pools).toMatchObject([
    { needed: { image: "sha256:kept", template: templates[0] } },
    { needed: { image: undefined, template: undefined } },
  ]);
  expect(shares(usage).find(({ kind }) => kind === "templates")).toMatchObject({ total: 2, active: 1 });
  for await (const part of system.prune({ fits: () => true, all: true })) expect(part).toBeDefined();
  expect(await readdir(join(folder, "templates"))).toEqual([basename(templates[0] ?? "")]);
});
