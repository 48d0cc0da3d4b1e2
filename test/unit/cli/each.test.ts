import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { BoxError } from "../../../src/errors.js";
import { forEachBox, forEachMatch } from "../../../src/cli/each.js";
import { createBox } from "../../../src/vm/box/create.js";
import { listBoxes } from "../../../src/vm/box/find.js";
import { removeBox } from "../../../src/vm/box/remove.js";
import { writeState } from "../../../src/vm/box/state.js";
import { boxRecord } from "../vm/record.js";
import { currentHome } from "../current.js";

vi.mock("../../../src/vm/box/lock.js", () => ({ heldLocks: () => Promise.resolve(new Set()) }));
vi.mock("../../../src/cli/output/print.js", () => ({
  printLine: (line: string) => printed.push(line),
  reportError: (error: unknown) => printed.push(String(error)),
  printWarning: () => undefined,
}));

const printed = vi.hoisted((): string[] => []);

let home: string;
beforeEach(() => {
  printed.length = 0;
});
// The commands of a process share an engine, and so a home.
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "box-each-"));
  vi.stubEnv("BOX_HOME", home);
  vi.stubEnv("BOX_RUNTIME", join(home, "run"));
});
afterAll(async () => {
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

  it("prints the names in the order given, whichever action ends first", async () => {
    await Promise.all(["a", "b", "c"].map(crashed));
    let release: (() => void) | undefined;
    const first = new Promise<void>((resolve) => (release = resolve));
    const act = async ({ record: { name } }: { record: { name: string } }) => {
      if (name === "c") await first;
      if (name === "a") release?.();
    };
    expect(await forEachBox(["c", "b", "a"], act)).toBe(0);
    expect(printed).toEqual(["c", "b", "a"]);
  });
});

describe("forEachMatch", () => {
  it("prints a tolerated error without failing", async () => {
    await crashed("web");
    const options = { tolerated: "no-such-box" };
    expect(await forEachMatch(["nothing", "web"], () => Promise.resolve(), options)).toBe(0);
    expect(printed).toEqual(["BoxError: No such container: nothing", "web"]);
    const refuse = () => Promise.reject(new BoxError("box-running", "no"));
    expect(await forEachMatch(["web"], refuse, options)).toBe(1);
  });
});
