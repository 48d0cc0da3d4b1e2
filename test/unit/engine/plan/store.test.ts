import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writePlan } from "../../../../src/engine/plan/store.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-plan-store-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("keeps the 64 plans that were used last, for this user alone", async () => {
  const plans = join(folder, "plans");
  const name = (number: number) => number.toString(16).padStart(16, "0");
  await mkdir(plans, { mode: 0o700 });
  for (let number = 0; number < 64; number++) {
    await writeFile(join(plans, name(number)), "");
    // The first one was used last.
    await utimes(join(plans, name(number)), 1, number === 0 ? 1000 : number);
  }
  await writePlan({ folder, env: {} }, name(64), Buffer.from("new"));
  const kept = await readdir(plans);
  expect(kept.sort()).toEqual([0, ...Array.from({ length: 63 }, (_, at) => at + 2)].map(name));
  expect((await stat(join(plans, name(64)))).mode & 0o777).toBe(0o600);
});
