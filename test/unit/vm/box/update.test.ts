import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BoxConfig } from "../../../../src/config/box-config.js";
import { BoxOptions } from "../../../../src/config/box-options.js";
import type { Box } from "../../../../src/vm/box/find.js";
import { updateBox, type Update } from "../../../../src/vm/box/update.js";
import { GUEST } from "../record.js";
import { currentHome } from "../../current.js";

let folder: string;
const home = process.env["BOX_HOME"];
const path = () => join(folder, "box", "box.json");

function box(status: "running" | "exited", config: object = {}, options: object = {}): Box {
  const record = {
    ...{ id: "0123456789abcdef", name: "web", image: {} },
    config: BoxConfig.parse({ image: "x", ...config }),
    options: BoxOptions.parse(options),
    guest: GUEST,
    image: { reference: "x", digest: "sha256:0", id: "sha256:0", disk: "/x" },
    kept: "as it is",
  };
  writeFileSync(path(), JSON.stringify(record));
  return { folder: join(folder, "box"), record, state: { status } } as unknown as Box;
}
const recorded = () => JSON.parse(readFileSync(path(), "utf8")) as Box["record"] & { kept: string };
const change = (what: Partial<Update>): Update => ({ limits: {}, ...what });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-update-"));
  mkdirSync(join(folder, "box"));
  process.env["BOX_HOME"] = folder;
});
afterEach(() => {
  if (home === undefined) delete process.env["BOX_HOME"];
  else process.env["BOX_HOME"] = home;
  rmSync(folder, { recursive: true, force: true });
});

describe("an update", () => {
  it("of a box that is not running changes the given fields, for later starts", async () => {
    const update = change({
      vcpus: 4,
      memoryMb: 2048,
      restart: "always",
      limits: { pidsLimit: 10, cpuShares: 512 },
    });
    await updateBox(currentHome(), box("exited", { resourceLimits: { cpuQuota: 5000 } }), update);
    const { config, options, guest, kept } = recorded();
    expect(config.resources).toMatchObject({ vcpus: 4, memoryMb: 2048, diskMb: 4096 });
    expect(config.resourceLimits).toMatchObject({ pidsLimit: 10, cpuShares: 512, cpuQuota: 5000 });
    expect([options.restart, guest.pidsLimit, kept]).toEqual(["always", 10, "as it is"]);
  });

  it("of a part of a CPU limits the guest; whole CPUs lift the limit", async () => {
    const half = box("exited");
    await updateBox(currentHome(), half, change({ vcpus: 1, cpus: 0.5 }));
    expect(recorded()).toMatchObject({ options: { cpus: 0.5 }, guest: { cpuLimit: 50_000 } });
    const now = { ...half, record: recorded() };
    await updateBox(currentHome(), now, change({ limits: { pidsLimit: 9 } }));
    expect(recorded().guest).toMatchObject({ cpuLimit: 50_000, pidsLimit: 9 });
    await expect(updateBox(currentHome(), now, change({ limits: { cpuQuota: 5000 } }))).rejects.toMatchObject(
      {
        code: "flag-conflict",
      },
    );
    await updateBox(currentHome(), now, change({ vcpus: 2 }));
    expect(recorded().options.cpus).toBeNull();
    expect(recorded().guest.cpuLimit).toBeUndefined();
  });

  it.each<[string, Partial<Update>]>([
    ["resources.memoryMb", { memoryMb: 2048 }],
    ["resourceLimits.cpusetCpus", { limits: { cpusetCpus: "0" } }],
    ["resourceLimits.cpuShares", { limits: { cpuShares: 512 } }],
    ["resourceLimits.cpuQuota", { limits: { cpuQuota: null } }],
  ])("of a running box rejects %s by name, and changes nothing", async (field, what) => {
    const running = box("running", { resourceLimits: { cpuQuota: 5000 } });
    const before = readFileSync(path(), "utf8");
    await expect(
      updateBox(currentHome(), running, change({ restart: "always", ...what })),
    ).rejects.toMatchObject({
      code: "not-while-running",
      message: expect.stringContaining(`${field}: box web is running, and`) as string,
    });
    expect(readFileSync(path(), "utf8")).toBe(before);
  });

  it("of a running box writes to its control group on this host", async () => {
    const running = box("running", { resourceLimits: { cpuQuota: 5000 } });
    writeFileSync(join(folder, "box", "cgroup"), folder);
    await updateBox(currentHome(), running, change({ restart: "always", limits: { cpuQuota: 8000 } }));
    expect(readFileSync(join(folder, "cpu.max"), "utf8")).toBe("8000 100000");
    expect(recorded().options.restart).toBe("always");
  });

  it("is rejected if fields are incompatible", async () => {
    await expect(
      updateBox(currentHome(), box("exited"), change({ limits: { memorySwap: 2 ** 20 } })),
    ).rejects.toThrow("resourceLimits.memorySwap");
    const removed = box("exited", {}, { autoRemove: true });
    await expect(updateBox(currentHome(), removed, change({ restart: "always" }))).rejects.toThrow(
      "created with `autoRemove`",
    );
  });
});
