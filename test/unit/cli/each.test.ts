import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forEachBox } from "../../../src/cli/each.js";
import { createBox } from "../../../src/vm/box/create.js";
import { listBoxes } from "../../../src/vm/box/find.js";
import { removeBox } from "../../../src/vm/box/remove.js";
import { writeState } from "../../../src/vm/box/state.js";
import { boxRecord } from "../vm/record.js";
import { currentHome } from "../current.js";

vi.mock("../../../src/vm/box/lock.js", () => ({ heldLocks: () => Promise.resolve(new Set()) }));
vi.mock("../../../src/cli/output/print.js", () => ({
  printLine: () => undefined,
  reportError: () => undefined,
  printWarning: () => undefined,
}));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-each-"));
  vi.stubEnv("BOX_HOME", home);
  vi.stubEnv("BOX_RUNTIME", join(home, "run"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

/** A box whose monitor was killed. */
async function crashed(name: string): Promise<void> {
  const folder = await createBox(currentHome(), boxRecord(name), () => Promise.resolve());
  await writeState(folder, { status: "running" });
}

describe("forEachBox", () => {
  it("applies the action to crashed boxes, regardless of errors with others", async () => {
    const names = Array.from({ length: 8 }, (_, i) => `crashed-${i}`);
    await Promise.all(names.map(crashed));
    const remove = forEachBox(["no-such-box", ...names], (box) =>
      removeBox(currentHome(), box.folder, box.record.name),
    );
    expect(await remove).toBe(1);
    expect(await listBoxes(currentHome())).toEqual([]);
  });
});
