import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitLog, box, home, runDetached, SAME_ON_KRUN, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";
import { awaitGone, processesNaming } from "./processes.js";

let id: string;
const inBox = async (script: string) => (await box(["exec", id, "sh", "-c", script])).stdout;
const inspect = async (format: string) => (await box(["inspect", "--format", format, id])).stdout.trim();

beforeAll(async () => {
  // While /tmp/quiet exists it starts no programs: a shell that cannot fork exits.
  const script = `
    mkfifo /tmp/never; exec 3<>/tmp/never
    while :; do
      if [ -e /tmp/quiet ]; then : > /tmp/is-quiet; read -t 1 _ <&3
      else sleep 0.05; date +%s.%N > /tmp/tick; fi
    done & echo up; trap 'exit 3' TERM; wait`;
  id = await runDetached(["--name", "controlled", BUSYBOX, "sh", "-c", script]);
  await awaitLog(id, "up");
});
afterAll(() => box(["rm", "-f", id]));

describe("box top and stats", () => {
  it("list the box's own processes, with the requested columns", async () => {
    const { stdout } = await box(["top", id]);
    const [head = "", ...lines] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD$/);
    expect(lines.some((line) => /^root +2 +0 .* sh -c /.test(line))).toBe(true);
    expect(stdout).not.toMatch(/kworker|kthreadd|box\.agent/);
    const chosen = await box(["top", id, "-o", "pid,rss,comm"]);
    expect(chosen.stdout).toMatch(/^PID +RSS +COMMAND\n1 .*\n2 +\d+ +sh\n/);
    expect(await box(["top", id, "--forest"])).toMatchObject({ code: 1 });
  });

  it("show resource usage within the box's limits", async () => {
    const { code, stdout } = await box(["stats", "--no-stream", "--format", "json", id]);
    expect(code).toBe(0);
    const row = JSON.parse(stdout) as Record<string, string>;
    expect(row).toMatchObject({ Name: "controlled", ID: id.slice(0, 12) });
    expect(row["MemUsage"]).toMatch(/^[\d.]+MiB \/ 9\d\d(\.\d+)?MiB$/);
    expect(row["HostMem"]).toMatch(/^\d[\d.]*MiB$/);
    expect(row["BlockIO"]).toMatch(/^[\d.]+[kM]B \/ /);
    expect(Number(row["PIDs"])).toBeGreaterThanOrEqual(3);
    expect(Number.parseFloat(row["CPUPerc"] ?? "")).toBeGreaterThan(0);
  });
});

describe("box update", () => {
  it("applies changes immediately and names what cannot be changed", async () => {
    await inBox("touch /tmp/quiet; until [ -e /tmp/is-quiet ]; do sleep 0.1; done");
    const started = await box(["update", "--pids-limit", "9", "--restart", "on-failure:3", id]);
    expect(started).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(await inspect("{{.HostConfig.RestartPolicy.Name}} {{.BoxConfig.resourceLimits.pidsLimit}}")).toBe(
      "on-failure 9",
    );
    const many = "for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done; wait";
    expect((await box(["exec", id, "sh", "-c", many])).stderr).toContain("can't fork");
    expect(await box(["update", "--pids-limit", "-1", "--restart", "no", id])).toMatchObject({ code: 0 });
    await inBox(
      "rm /tmp/quiet; sleep 0 & sleep 0 & sleep 0 & sleep 0 & sleep 0 & sleep 0 & sleep 0 & sleep 0 & wait",
    );
    const [memory, cpus] = await Promise.all([
      box(["update", "-m", "2g", id]),
      box(["update", "--cpus", "2", id]),
    ]);
    expect(memory).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the memory of a VM cannot be changed") as string,
    });
    expect(cpus).toMatchObject({ code: 1, stderr: expect.stringContaining("its VM has only 1") as string });
  });
});

describe("a paused box", () => {
  it("stops executing, still answers commands, and resumes with the correct time", async () => {
    expect(await box(["pause", id])).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(await inspect("{{.State.Status}} {{.State.Running}} {{.State.Paused}}")).toBe("paused true true");
    expect((await box(["ps", "-q", "--filter", "status=paused"])).stdout).toBe(`${id.slice(0, 12)}\n`);
    expect((await box(["ps", "--filter", `id=${id}`])).stdout).toMatch(/Up .* \(Paused\)/);
    const [exec, again] = await Promise.all([box(["exec", id, "true"]), box(["pause", id])]);
    expect(exec).toMatchObject({ code: 1, stderr: expect.stringContaining("is paused") as string });
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("is already paused") as string });
    // Its files can still be read: nothing changes them.
    const tick = async () => (await box(["cp", `${id}:/tmp/tick`, "-"])).raw.toString("latin1", 512, 540);
    const before = await tick();
    expect((await box(["stats", "--no-stream", "--format", "{{.PIDs}}", id])).code).toBe(0);
    expect(await tick()).toBe(before);

    expect(await box(["unpause", id])).toMatchObject({ code: 0 });
    expect(await box(["unpause", id])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not paused") as string,
    });
    expect(Math.abs(Number(await inBox("date +%s")) - Date.now() / 1000)).toBeLessThan(5);
    await inBox('old=$(cat /tmp/tick); until [ "$(cat /tmp/tick)" != "$old" ]; do sleep 0.05; done');
  });

  it("is stopped by its stop signal like a running one", async () => {
    await box(["pause", id]);
    expect(await box(["stop", "-t", "60", id])).toMatchObject({ code: 0 });
    expect(await inspect("{{.State.ExitCode}} {{.State.Paused}}")).toBe("3 false");
    expect(await box(["update", "-m", "256m", "--cpus", "2", id])).toMatchObject({ code: 0 });
    expect(await inspect("{{.BoxConfig.resources.memoryMb}} {{.BoxConfig.resources.vcpus}}")).toBe("256 2");
    // The next starts cost less with the usual size.
    expect(await box(["update", "-m", "1g", "--cpus", "1", id])).toMatchObject({ code: 0 });
  });

  it("exits when its monitor is killed, leaves nothing but its files behind and can be started", async () => {
    expect(await box(["start", id])).toMatchObject({ code: 0 });
    expect(await box(["pause", id])).toMatchObject({ code: 0 });
    const processes = await processesNaming(id);
    for (const [pid, line] of processes) if (line.includes("monitor.js")) process.kill(pid, "SIGKILL");
    await Promise.all([...processes.keys()].map(awaitGone));
    const { stdout } = await box(["ps", "-a", "-f", `id=${id}`, "--format", "{{.Status}}"]);
    expect(stdout).toMatch(/^Exited \(137\) .* ago\n$/);
    expect(await inspect("{{.State.Status}} {{.State.Paused}}")).toBe("exited false");
    const sockets = await readdir(testEnvironment()["BOX_RUNTIME"] ?? "");
    expect(sockets.filter((socket) => socket.startsWith(id.slice(0, 12)))).toEqual([]);
    expect(await readdir(join(home(), "boxes", id))).toContain("upper.ext4");
  });

  it.skipIf(SAME_ON_KRUN)("cannot be started, but can be killed and removed like a running one", async () => {
    expect(await box(["start", id])).toMatchObject({ code: 0 });
    expect(await box(["pause", id])).toMatchObject({ code: 0 });
    const started = await box(["start", id]);
    expect(started).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("cannot start a paused container") as string,
    });
    expect(await box(["rm", "-f", id])).toMatchObject({ code: 0 });
    await Promise.all([...(await processesNaming(id)).keys()].map(awaitGone));
  });
});
