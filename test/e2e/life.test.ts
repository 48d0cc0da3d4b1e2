import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  awaitLog,
  awaitText,
  box,
  DRIVER,
  finish,
  home,
  ONLY_FULL_ON_KRUN,
  run,
  removeAfterTest,
  runDetached,
  SAME_ON_KRUN,
  start,
  testEnvironment,
} from "./box.js";
import { BUSYBOX } from "./images.js";
import { awaitGone, awaitNoneNaming, processesNaming, pssKib } from "./processes.js";

const forever = (script = "echo up; sleep 10000") => [BUSYBOX, "sh", "-c", script];

/** Everything that belongs to a box except its record. */
async function leftovers(id: string): Promise<string[]> {
  const folder = join(home(), "boxes", id);
  const files = await readdir(folder).catch(() => [] as string[]);
  const sockets = await readdir(testEnvironment()["BOX_RUNTIME"] ?? "").catch(() => [] as string[]);
  return [
    ...files.filter((file) => file === "upper.ext4"),
    ...sockets.filter((socket) => socket.startsWith(id.slice(0, 12))),
    ...(await processesNaming(id)).values(),
  ];
}

const isMonitor = (line: string) => line.includes("monitor.js");

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function statusOf(id: string): Promise<string> {
  const { stdout } = await box(["ps", "-a"]);
  return stdout.split("\n").find((line) => line.startsWith(id.slice(0, 12))) ?? "";
}

/** After a process of a box that keeps no layer was killed. */
async function expectNothingLeft(id: string, processes: ReadonlyMap<number, string>): Promise<void> {
  await Promise.all([...processes.keys()].map(awaitGone));
  expect(await statusOf(id)).toMatch(/Exited \(\d+\)/);
  expect(await leftovers(id)).toEqual([]);
  expect((await box(["rm", id])).code).toBe(0);
}

describe("a box in the background", () => {
  it("is listed, logs, stops cleanly and is removed", async () => {
    const id = await runDetached([
      "--name",
      `life-${DRIVER}`,
      ...forever("trap 'echo bye; exit 3' TERM; echo up; echo err >&2; while :; do sleep 1; done"),
    ]);
    await awaitLog(id, "up");
    expect(await statusOf(id)).toMatch(/Up /);
    expect((await run(["--name", `life-${DRIVER}`, BUSYBOX, "true"])).stderr).toContain(
      `"/life-${DRIVER}" is already in use`,
    );
    expect((await box(["rm", id])).stderr).toContain("is running");
    expect((await box(["stop", `life-${DRIVER}`])).stdout).toBe(`life-${DRIVER}\n`);
    expect(await statusOf(id)).toMatch(/Exited \(3\)/);
    const logs = await box(["logs", id]);
    expect(logs).toMatchObject({ code: 0, stdout: "up\nbye\n", stderr: "err\n" });
    // The writable layer stays available until the next start.
    expect(await leftovers(id)).toEqual(["upper.ext4"]);
    expect((await box(["rm", id.slice(0, 8)])).code).toBe(0);
    expect(await exists(join(home(), "boxes", id))).toBe(false);
    expect((await box(["logs", id])).code).toBe(1);
  });

  it.skipIf(SAME_ON_KRUN)("that ignores its stop signal is killed after the timeout", async () => {
    const id = await runDetached(forever("trap '' TERM; echo up; while :; do sleep 1; done"));
    await awaitLog(id, "up");
    expect((await box(["stop", "-t", "1", id])).code).toBe(0);
    expect(await statusOf(id)).toMatch(/Exited \(137\)/);
  });

  it.skipIf(SAME_ON_KRUN)("receives signals, and its log can be followed to the end", async () => {
    const id = await runDetached(forever("trap 'echo hup' HUP; echo up; while :; do sleep 1; done"));
    await awaitLog(id, "up");
    const logs = start(["logs", "-f", id]);
    const followed = finish(logs);
    await awaitText(logs, "stdout", "up");
    const answer = awaitText(logs, "stdout", "hup");
    expect((await box(["kill", "-s", "HUP", id])).code).toBe(0);
    await answer;
    expect((await box(["kill", id])).code).toBe(0);
    await followed;
    expect(await statusOf(id)).toMatch(/Exited \(137\)/);
    expect((await box(["kill", id])).stderr).toContain("is not running");
  });

  it("needs only a small monitor beside its VMM, and leaves nothing behind when that is killed", async () => {
    const id = await runDetached(["--persistent=false", ...forever()]);
    await awaitLog(id, "up");
    const found = await processesNaming(id);
    const monitors = [...found].filter(([, line]) => isMonitor(line));
    expect(monitors).toHaveLength(1);
    // The VMM, and the process that supervises it.
    expect(found.size).toBe(3);
    const log = await readFile(join(home(), "boxes", id, "monitor.log"), "utf8");
    expect(log).toMatch(/ jail: .*own-root, pid-namespace, .*seccomp, landlock/);
    expect(log).not.toContain("missing");
    expect(await pssKib(monitors[0]?.[0] ?? 0)).toBeLessThan(45 * 1024);
    // The VMM was started after its supervisor.
    const [victim = 0] = [...found].filter(([, line]) => !isMonitor(line)).at(-1) ?? [];
    process.kill(victim, "SIGKILL");
    await expectNothingLeft(id, found);
  });
});

describe.skipIf(SAME_ON_KRUN)("box's own log", () => {
  /** Returns the monitor's log for a box with these flags. */
  async function monitorLog(...flags: string[]): Promise<string> {
    const id = await runDetached([...flags, ...forever("echo up")]);
    await awaitLog(id, "up");
    const text = await readFile(join(home(), "boxes", id, "monitor.log"), "utf8");
    return text;
  }

  it("follows --log-level, and contains every frame with --debug-grpc", async () => {
    const [all, least] = await Promise.all([
      monitorLog("--log-level", "debug", "--debug-grpc"),
      monitorLog("--log-level", "error"),
    ]);
    expect(all).toMatch(/ info workload started/);
    expect(all).toMatch(/ trace to the guest: \w+, channel 1, .* trace from the guest: STARTED/s);
    expect(least).toBe("");
  });
});

describe("Ctrl-C", () => {
  it.skipIf(ONLY_FULL_ON_KRUN)("stops the box and leaves nothing behind", async () => {
    const child = start([
      "run",
      "--vmm",
      DRIVER,
      "--cpus",
      "1",
      "--rm",
      "--name",
      `ctrl-c-${DRIVER}`,
      ...forever(),
    ]);
    await awaitText(child, "stdout", "up");
    const ended = finish(child);
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect((await box(["ps", "-a"])).stdout).not.toContain(`ctrl-c-${DRIVER}`);
    await awaitNoneNaming(`ctrl-c-${DRIVER}`);
  });

  it.skipIf(ONLY_FULL_ON_KRUN)("during boot ends the box immediately", async () => {
    const child = start([
      "run",
      "--vmm",
      DRIVER,
      "--cpus",
      "1",
      "--rm",
      "--name",
      `early-${DRIVER}`,
      ...forever(),
    ]);
    const ended = finish(child);
    while (!(await readdir(join(home(), "names"))).includes(`early-${DRIVER}`)) await setImmediate();
    child.kill("SIGTERM");
    expect((await ended).code).toBe(143);
    expect((await box(["ps", "-a"])).stdout).not.toContain(`early-${DRIVER}`);
  });
});

describe("a box whose monitor or command is killed", () => {
  it.skipIf(ONLY_FULL_ON_KRUN)(
    "is shown as exited when its monitor is killed, and leaves nothing behind",
    async () => {
      const id = await runDetached(["--persistent=false", ...forever()]);
      await awaitLog(id, "up");
      const processes = await processesNaming(id);
      for (const [pid, line] of processes) if (isMonitor(line)) process.kill(pid, "SIGKILL");
      await expectNothingLeft(id, processes);
    },
  );

  it.skipIf(SAME_ON_KRUN)("ends the command that waits for it", async () => {
    removeAfterTest(`orphan-${DRIVER}`);
    const child = start(["run", "--vmm", DRIVER, "--cpus", "1", "--name", `orphan-${DRIVER}`, ...forever()]);
    await awaitText(child, "stdout", "up");
    const ended = finish(child);
    const { stdout } = await box(["ps", "--no-trunc"]);
    const row = stdout.split("\n").find((line) => line.includes(`orphan-${DRIVER}`)) ?? "";
    const [id = ""] = row.split(" ");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    for (const [pid, line] of await processesNaming(id)) if (isMonitor(line)) process.kill(pid, "SIGKILL");
    expect(await ended).toMatchObject({ code: 125, stderr: expect.stringContaining("monitor") as string });
  });

  it.skipIf(SAME_ON_KRUN)("survives the command that started it", async () => {
    removeAfterTest(`alone-${DRIVER}`);
    const child = start(["run", "--vmm", DRIVER, "--cpus", "1", "--name", `alone-${DRIVER}`, ...forever()]);
    await awaitText(child, "stdout", "up");
    child.kill("SIGKILL");
    expect((await box(["ps"])).stdout).toContain(`alone-${DRIVER}`);
    const id = (await box(["ps", "-q", "--no-trunc", "-f", `name=alone-${DRIVER}`])).stdout.trim();
    expect((await box(["rm", "-f", `alone-${DRIVER}`])).code).toBe(0);
    // The monitor has told the command before it ends itself.
    await awaitNoneNaming(id);
    expect(await leftovers(id)).toEqual([]);
  });
});

describe.skipIf(ONLY_FULL_ON_KRUN)("a boot that does not respond", () => {
  it("fails with an error that says so", async () => {
    const { code, stderr } = await run(["--rm", BUSYBOX, "true"], { env: { BOX_BOOT_LIMIT: "0.01" } });
    expect(code).toBe(125);
    expect(stderr).toMatch(/did not respond within 0.01 s.*console/s);
  });
});
