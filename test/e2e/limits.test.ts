import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { box, home, ONLY_FULL_ON_KRUN, removeAfterTest, run } from "./box.js";
import { BUSYBOX } from "./images.js";
import { processesNaming } from "./processes.js";

/** The lab has cgroups v2; on hosts without them box reports that. */
const hasGroups = await access("/sys/fs/cgroup/cgroup.controllers").then(
  () => true,
  () => false,
);

const LIMITS = [
  ...["--cpuset-cpus", "0", "--cpu-shares", "512", "--cpu-quota", "150000", "--cpu-period", "50000"],
  ...["--memory-reservation", "128m", "--memory-swap", "1536m", "-m", "1g"],
];

it("host limits apply to the VMM, or a warning reports that they do not", async () => {
  const started = await run(["-d", ...LIMITS, BUSYBOX, "sleep", "1000"]);
  expect(started.code).toBe(0);
  expect(started.stderr.includes("not in force: ")).toBe(!hasGroups);
  const id = started.stdout.trim();
  removeAfterTest(id);
  const found = [...(await processesNaming(id))].filter(([, line]) => !line.includes("monitor.js"));
  expect(found.length).toBeGreaterThan(0);
  for (const [pid] of found) {
    expect(await readFile(`/proc/${pid}/status`, "utf8")).toMatch(/^Cpus_allowed_list:\t0$/m);
  }
  const record = join(home(), "boxes", id, "cgroup");
  const group = hasGroups ? await readFile(record, "utf8") : undefined;
  if (group !== undefined) {
    const read = async (file: string) => (await readFile(join(group, file), "utf8")).trim();
    expect(await Promise.all(["cpu.weight", "cpu.max", "memory.low", "memory.swap.max"].map(read))).toEqual([
      "20",
      "150000 50000",
      String(128 * 2 ** 20),
      String(512 * 2 ** 20),
    ]);
    expect((await read("cgroup.procs")).split("\n")).toEqual(
      expect.arrayContaining(found.map(([pid]) => String(pid))),
    );
  }
  expect((await box(["rm", "-f", id])).code).toBe(0);
  if (group !== undefined) await expect(access(group)).rejects.toThrow();
});

it.skipIf(ONLY_FULL_ON_KRUN)("--timeout stops the box and reports the reason", async () => {
  const { code, stderr } = await run(["--rm", "--timeout", "1", BUSYBOX, "sleep", "1000"]);
  expect(code).toBe(143);
  expect(stderr).toContain("--timeout of 1 s");
});

it.skipIf(ONLY_FULL_ON_KRUN)(
  "a part of a CPU limits the time of all programs, and can be updated while the box runs",
  async () => {
    const started = await run(["-d", "--cpus", "0.5", BUSYBOX, "sleep", "1000"]);
    expect(started).toMatchObject({ code: 0, stderr: "" });
    const id = started.stdout.trim();
    removeAfterTest(id);
    const limit = async () =>
      (await box(["exec", id, "sh", "-c", "cat /sys/fs/cgroup/cpu.max; nproc"])).stdout;
    expect(await limit()).toBe("50000 100000\n1\n");
    expect(await box(["update", "--cpus", "0.25", id])).toMatchObject({ code: 0 });
    expect(await limit()).toBe("25000 100000\n1\n");
    expect(await box(["update", "--cpus", "1", id])).toMatchObject({ code: 0 });
    expect(await limit()).toBe("max 100000\n1\n");
    expect(await box(["update", "--cpus", "1.5", id])).toMatchObject({ code: 1 });
  },
);
