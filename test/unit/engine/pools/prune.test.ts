import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openEngine } from "../../../../src/engine/engine.js";
import type { PruneFilter } from "../../../../src/engine/prune-filter.js";

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

it("pools count as disk usage, and those whose keeper was killed are pruned, unless objects are selected", async () => {
  const { system } = openEngine({ home: folder, runtime: join(folder, "run") });
  expect((await system.usage()).pools).toMatchObject([
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
  expect(await readdir(join(folder, "pools"))).toEqual(["kept"]);
});
