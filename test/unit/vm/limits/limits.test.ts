import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveCpuset } from "../../../../src/vm/limits/cpus.js";
import { findCgroupContext, makeGroup, removeGroup } from "../../../../src/vm/limits/group.js";
import { groupSettings, toWeight } from "../../../../src/vm/limits/settings.js";

const NONE = {
  cpuShares: null,
  cpuQuota: null,
  cpuPeriod: 100_000,
  memoryReservation: null,
  memorySwap: null,
};
const files = (limits: Partial<typeof NONE> | object) =>
  groupSettings({ ...NONE, ...limits }, 1024).map(({ file, value }) => `${file} ${value}`);

describe("control group settings", () => {
  it("are those requested, with Docker's meaning", () => {
    expect(files({})).toEqual([]);
    expect(files({ cpuShares: 0, cpuQuota: 0, memorySwap: 0, memoryReservation: 0 })).toEqual([]);
    expect(files({ cpuQuota: 50_000, cpuPeriod: 20_000 })).toEqual(["cpu.max 50000 20000"]);
    expect(files({ cpuQuota: -1 })).toEqual(["cpu.max max 100000"]);
    expect(files({ memoryReservation: 5 })).toEqual(["memory.low 5"]);
    expect(files({ memorySwap: -1 })).toEqual(["memory.swap.max max"]);
    expect(files({ memorySwap: 3 * 2 ** 30 })).toEqual([`memory.swap.max ${2 * 2 ** 30}`]);
  });

  it("are rejected if below the kernel's minimum or the memory limit", () => {
    expect(() => files({ memorySwap: 2 ** 20 })).toThrow(
      /resourceLimits\.memorySwap: .* less than the memory limit/,
    );
    expect(() => files({ cpuQuota: 999 })).toThrow(/resourceLimits\.cpuQuota: 999 is less/);
  });

  it("map shares to the kernel's range of weights, in order", () => {
    expect([2, 1024, 262_144].map(toWeight)).toEqual([1, 39, 10_000]);
    const shares = fc.integer({ min: 2, max: 262_144 });
    fc.assert(fc.property(shares, shares, (a, b) => a > b || toWeight(a) <= toWeight(b)));
  });
});

describe("a control group", () => {
  let mount: string;
  /** Directories in place of control groups; their files show what would be written to real ones. */
  const group = (path: string, controllers: string, subtree = "") => {
    mkdirSync(join(mount, path), { recursive: true });
    writeFileSync(join(mount, path, "cgroup.controllers"), `${controllers}\n`);
    writeFileSync(join(mount, path, "cgroup.subtree_control"), `${subtree}\n`);
  };
  const make = (own: string) =>
    makeGroup(groupSettings({ ...NONE, cpuShares: 1024, memoryReservation: 5 }, 1024), "0123456789abcdef", {
      mount,
      own,
    });
  beforeEach(() => (mount = mkdtempSync(join(tmpdir(), "box-cgroup-"))));
  afterEach(() => rmSync(mount, { recursive: true }));

  it("is created below the nearest group that has the controllers", async () => {
    group("/", "cpu memory pids");
    group("/slice", "cpu memory", "memory");
    group("/slice/scope", "memory");
    const made = await make("/slice/scope");
    const folder = join(mount, "slice", "box-0123456789ab");
    expect(made).toEqual({ folder, refused: [] });
    expect(readFileSync(join(mount, "slice", "cgroup.subtree_control"), "utf8")).toBe("+cpu");
    expect(readFileSync(join(folder, "cpu.weight"), "utf8")).toBe("39");
    expect(readFileSync(join(folder, "memory.low"), "utf8")).toBe("5");
  });

  it("is not created if the controllers are missing, with a reason", async () => {
    group("/", "pids");
    expect(await make("/")).toEqual({
      reason: "no accessible control group has the controllers cpu and memory",
    });
    expect(await make("/gone")).toEqual({
      reason: "no accessible control group has the controllers cpu and memory",
    });
  });

  it("is removed, but no other directory that the record may name", async () => {
    const record = join(mount, "record");
    for (const [name, stays] of [
      ["box-1", false],
      ["other", true],
    ] as const) {
      mkdirSync(join(mount, name));
      writeFileSync(record, join(mount, name));
      await removeGroup(record);
      expect(existsSync(join(mount, name))).toBe(stays);
    }
    await removeGroup(join(mount, "no-record"));
  });

  it("of this process is found if cgroup v2 is mounted", () => {
    const line = "29 22 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw";
    expect(findCgroupContext(`1 2 0:3 / / rw - ext4 x rw\n${line}\n`, "0::/a/b\n")).toEqual({
      mount: "/sys/fs/cgroup",
      own: "/a/b",
    });
    expect(findCgroupContext("1 2 0:3 / / rw - ext4 x rw\n", "0::/\n")).toBeUndefined();
    expect(findCgroupContext(line, "4:memory:/x\n")).toBeUndefined();
  });
});

describe("--cpuset-cpus", () => {
  const status = "Cpus_allowed:\tf\nCpus_allowed_list:\t0-1,3\n";
  it("accepts only CPUs that box may use", async () => {
    expect(await resolveCpuset([0, 1, 3], status)).toBe("0,1,3");
    await expect(resolveCpuset([1, 2, 3], status)).rejects.toThrow(
      "resourceLimits.cpusetCpus: CPU 2 is not available on this host",
    );
  });
});
