import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseBox } from "../../../../src/config/parse-box.js";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";
import { imageFor } from "../../../../src/engine/boxes/image.js";
import { checkRequest } from "../../../../src/engine/boxes/check.js";
import { asSubject, definitionOf, isSame } from "../../../../src/engine/pools/definition.js";
import { writeDefinition } from "../../../../src/vm/pool/definition.js";

vi.mock("../../../../src/engine/boxes/check.js", () => ({
  checkRequest: vi.fn((_: unknown, request: object) =>
    Promise.resolve({ ...request, identity: { id: "a", name: "a" } }),
  ),
}));
vi.mock("../../../../src/engine/boxes/image.js", () => ({
  imageFor: vi.fn(() => Promise.resolve()),
  withImages: (_: unknown, __: unknown, ___: unknown, make: () => Promise<void>) => make(),
}));
vi.mock("../../../../src/engine/pools/status.js", () => ({ poolStatus: () => Promise.resolve({ idle: 2 }) }));
/** Every pool has a keeper. */
vi.mock("../../../../src/engine/pools/find.js", () => ({
  hasKeeper: () => Promise.resolve(true),
  checkPool: () => Promise.resolve(),
}));

let home: string;
let engine: Engine;

const request = (config: object = {}) => parseBox({ config: { image: "alpine", ...config } });

beforeEach(async () => {
  vi.clearAllMocks();
  home = await mkdtemp(join(tmpdir(), "box-pools-"));
  engine = openEngine({ home, runtime: join(home, "run") });
  const folder = join(home, "pools", "ci");
  await mkdir(folder, { recursive: true });
  const definition = definitionOf(asSubject({ ...request(), vmm: "qemu" }, "ci"));
  await writeDefinition(folder, { ...definition, digest: "sha256:1" });
});
afterEach(() => rm(home, { recursive: true }));

describe("a pool that is running", () => {
  it("is left as it is if nothing would change", async () => {
    const used = { pool: { enabled: true, name: "other" } };
    expect(await engine.pools.start("ci", { ...request(used), vmm: "qemu", name: "web" })).toBe(2);
    expect(await engine.pools.start("ci", { ...request(), ...(await engine.pools.subject("ci")) })).toBe(2);
  });

  it.each([{ resources: { memoryMb: 512 } }, { pool: { minIdle: 2 } }, { image: "debian" }])(
    "is not changed: %j",
    async (config) => {
      await expect(engine.pools.start("ci", { ...request(config), vmm: "qemu" })).rejects.toMatchObject({
        ...{ code: "pool-running", detail: { pool: "ci" } },
      });
      expect(imageFor).not.toHaveBeenCalled();
    },
  );
});

describe("the box that a pool is for", () => {
  it("does not take its VM from a pool, whatever a configuration for boxes of the pool says", () => {
    const given = request({ pool: { enabled: true, name: "other", minIdle: 2 } });
    const pool = { enabled: false, name: "ci", minIdle: 2 };
    expect(asSubject({ ...given, name: "web" }, "ci")).toMatchObject({
      ...{ name: undefined, spec: { pool }, config: { pool } },
    });
  });

  it("is another one with another platform or VMM", () => {
    const { config, options } = request();
    const one = definitionOf({ config, options });
    expect(isSame(one, definitionOf({ config, options, vmm: "krun" }))).toBe(false);
    expect(isSame(one, { ...one, platform: "linux/arm64" })).toBe(false);
    expect(isSame(one, { ...one, digest: "sha256:1" })).toBe(true);
  });
});

it("a pool is checked as a box of `run` is before its image is looked for", async () => {
  vi.mocked(checkRequest).mockRejectedValueOnce(new Error("not on this host"));
  await expect(engine.pools.start("ci", request())).rejects.toThrow("not on this host");
  expect(imageFor).not.toHaveBeenCalled();
});
