import { describe, expect, it } from "vitest";
import { chooseColumns, psRows } from "../../../../src/docker/boxes/top.js";
import { describeUsage } from "../../../../src/docker/boxes/stats.js";
import type { Box } from "../../../../src/vm/box/find.js";
import { parseProcesses, parseUsage, type Usage } from "../../../../src/vm/box/usage.js";

const LINES = [
  "100\t90061000",
  "2\t0\t34817\t6100\t9000000\t4096\t1024\t0\t1\tS\troot\tsleep 100",
  "1\t0\t0\t0\t0\t800\t400\t-5\t3\tR\t1000\t[init]",
].join("\n");
const NOW = new Date("2026-03-05T10:00:00");
const NAMES = [
  ...["cpuTicks", "ticksPerSecond", "uptimeMs", "cpus", "memoryKb", "availableKb", "receivedBytes"],
  ...["sentBytes", "readBytes", "writtenBytes", "pids"],
];
const usage = (...values: (number | string)[]) =>
  NAMES.map((name, i) => `${name} ${values[i] ?? 0}\n`).join("");

describe("the processes of a box", () => {
  it("are shown as by ps -ef, or with the requested columns", () => {
    const processes = { ...parseProcesses(LINES), memoryKb: 10_240 };
    expect(psRows(chooseColumns([]), processes, NOW, undefined)).toEqual([
      "UID                 PID                 PPID                C                   STIME               TTY                 TIME                CMD",
      "1000                1                   0                   0                   Mar04               ?                   00:00:00            [init]",
      "root                2                   0                   99                  09:58               pts/1               00:01:01            sleep 100",
    ]);
    expect(
      psRows(chooseColumns(["-o", "pid,%mem,nlwp", "-o", "comm,etime"]), processes, NOW, undefined),
    ).toEqual([
      "PID                 %MEM                NLWP                COMMAND             ELAPSED",
      "1                   3.9                 3                   [init]              1-01:01:01",
      "2                   10.0                1                   sleep               00:01:01",
    ]);
    expect(chooseColumns(["aux"])).toContain("rss");
  });

  it.each([[["--forest"]], [["-o"]], [["-o", "pid,nothing"]], [["-C", "x"]]])(
    "are not shown for %j",
    (words) => {
      expect(() => chooseColumns(words)).toThrow("unsupported ps option");
    },
  );

  it.each(["", "0\t1", "x\t1", "100\t1\n2\t0", "100\t1\n2\t0\t0\t-1\t0\t0\t0\t0\t1\tS\troot\tx"])(
    "are rejected if the agent returns %j",
    (text) => expect(() => parseProcesses(text)).toThrow("malformed data"),
  );
});

describe("the resource usage of a box", () => {
  const box = { record: { id: "0123456789abcdef", name: "web" } } as unknown as Box;

  it("is the difference between two samples, with the limits", () => {
    const before = parseUsage(usage(100, 100, 1000, 2, 1_048_576, 1_000_000));
    const now = parseUsage(usage(250, 100, 2000, 2, 1_048_576, 524_288, 1500, 20, 3_000_000, 512, 7));
    expect(describeUsage({ box, before, now, hostMemoryKb: 204_800 }, { trunc: true })).toEqual({
      ...{ Container: "0123456789ab", ID: "0123456789ab", Name: "web" },
      ...{ CPUPerc: "150.00%", MemUsage: "512MiB / 1GiB", MemPerc: "50.00%" },
      ...{ NetIO: "1.5kB / 20B", BlockIO: "3MB / 512B", PIDs: "7", HostMem: "200MiB" },
    });
    expect(describeUsage({ box, before, now: undefined }, { trunc: false })).toMatchObject({
      CPUPerc: "0.00%",
    });
  });

  it("is never negative, whatever the guest's counters do", () => {
    const now = parseUsage(usage(1, 100, 5, 1, 10, 20)) satisfies Usage;
    const row = describeUsage({ box, before: { ...now, cpuTicks: 50, uptimeMs: 1 }, now }, { trunc: true });
    expect(row).toMatchObject({ CPUPerc: "0.00%", MemPerc: "0.00%" });
  });

  it.each(["", usage(-1), usage("x", 100), usage(1, 0), usage(1, 100, "1e999"), usage(1, 100, 1.5)])(
    "is rejected if the agent returns malformed data",
    (text) => expect(() => parseUsage(text)).toThrow("malformed data"),
  );
});
