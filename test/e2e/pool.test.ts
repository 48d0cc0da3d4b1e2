import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { box, DRIVER, home, ONLY_FULL_ON_KRUN, removeAfterTest, run, SAME_ON_KRUN } from "./box.js";
import { BUSYBOX, PYTHON } from "./images.js";
import { awaitGone, awaitNoneNaming, kill } from "./processes.js";

interface Status {
  pid: number;
  idle: number;
  claimed: number;
  hits: number;
  misses: number;
  lastMiss?: string;
}

const POOL = `test-${DRIVER}`;
/** The usual one: QEMU has a template of it. */
const SHAPE = ["--vmm", DRIVER, "--cpus", "1"];
const pools = () => join(home(), "pools");
const lines = (text: string) => text.split("\n").filter((line) => line !== "");

async function startPool(...flags: string[]): Promise<void> {
  const started = await box(["pool", "start", POOL, "--image", BUSYBOX, ...SHAPE, ...flags]);
  expect(started).toMatchObject({ code: 0, stderr: "", stdout: `${POOL}\n` });
}

async function stopPool(): Promise<void> {
  await box(["pool", "stop", POOL]);
  expect(await readdir(pools())).not.toContain(POOL);
}

async function status(): Promise<Status> {
  const { stdout, stderr } = await box(["pool", "status", POOL, "--format", "json"]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Status;
}

/** Waits until a number of VMs is idle. */
async function untilIdle(count: number): Promise<void> {
  while ((await status()).idle < count) await setTimeout(50);
}

const runInPool = (...words: string[]) => run(["--rm", `--pool=${POOL}`, BUSYBOX, ...words]);

/** The directories of the pool's VMs. */
const vms = async () =>
  (await readdir(join(pools(), POOL)).catch(() => [])).filter((name) => /^\w{64}$/.test(name));

describe("a box in a VM of a pool", () => {
  beforeAll(() => startPool("--rm"));
  afterAll(stopPool);

  let before: Status;
  beforeEach(async () => {
    await untilIdle(1);
    before = await status();
  });
  /** Boxes since the beginning of the test. */
  async function counted() {
    const { hits, misses } = await status();
    return { hits: hits - before.hits, misses: misses - before.misses };
  }

  it("has streams, exit code and ID of its own, and the VM is used once", async () => {
    const [id] = await vms();
    const script = "cat; hostname; echo $A >&2; exit 7";
    const flags = ["--rm", "-i", "-e", "A=b", `--pool=${POOL}`];
    const first = await run([...flags, BUSYBOX, "sh", "-c", script], { input: "in\n" });
    expect(first).toMatchObject({ code: 7, stdout: `in\n${id?.slice(0, 12)}\n`, stderr: "b\n" });
    await untilIdle(1);
    expect(await vms()).not.toContain(id);
    expect(await counted()).toEqual({ hits: 1, misses: 0 });
  });

  it.skipIf(ONLY_FULL_ON_KRUN)("starts in a VM that has rehearsed it, and finds no trace of it", async () => {
    const looks = ["ip -4 addr", "ip -4 route", "ps", "cat /proc/mounts", "hostname -d; cat /etc/mtab"];
    const lists = ["ls -a / /dev /etc /sys/fs/cgroup", "find / -xdev | sort", "wc -c /etc/hosts"];
    const words = [BUSYBOX, "sh", "-c", [...looks, ...lists].join("; ")];
    const [rehearsed, booted] = await Promise.all([
      run(["--rm", `--pool=${POOL}`, ...words]),
      run(["--rm", ...SHAPE, ...words]),
    ]);
    expect(rehearsed).toEqual(booted);
    await untilIdle(1);
    expect(await counted()).toEqual({ hits: 1, misses: 0 });
    // The kernel says so whenever the interface comes up; with libkrun, there may be none.
    const log = await runInPool("--privileged", "dmesg");
    const ups = log.stdout.split("HW filter on device eth0").length - 1;
    expect(DRIVER === "krun" || ups > 1).toBe(true);
  });

  it.skipIf(ONLY_FULL_ON_KRUN)(
    "takes a VM that fits, whatever the search path and timeout; else it boots, and the pool says why",
    async () => {
      const env = { PATH: `/nonexistent:${process.env["PATH"]}` };
      const flags = ["--rm", "--timeout", "600", `--pool=${POOL}`];
      expect((await run([...flags, BUSYBOX, "true"], { env })).code).toBe(0);
      expect(await counted()).toEqual({ hits: 1, misses: 0 });
      await untilIdle(1);
      const smaller = ["--rm", "-m", "300m", `--pool=${POOL}`, BUSYBOX, "echo", "smaller"];
      // No other box has this size.
      const other = await run(smaller, { env: { BOX_TEMPLATES: "off" } });
      expect(other).toMatchObject({ code: 0, stdout: "smaller\n", stderr: "" });
      expect((await status()).lastMiss).toBe(
        "the box differs from the pool's: memory (300 MiB, not 1024 MiB)",
      );
      const both = await Promise.all([runInPool("echo", "one"), runInPool("echo", "two")]);
      expect(both.map(({ stdout }) => stdout)).toEqual(["one\n", "two\n"]);
      expect(await counted()).toEqual({ hits: 2, misses: 2 });
      expect((await status()).lastMiss).toBe("no VM is idle");
    },
  );

  it.skipIf(SAME_ON_KRUN)(
    "is refused if the pool does not exist, and the hint names those that do",
    async () => {
      const { code, stderr } = await run(["--rm", "--pool=missing", BUSYBOX, "true"]);
      expect({ code, stderr }).toEqual({
        code: 125,
        stderr: expect.stringMatching(
          /^box: no such pool: missing\nhint: the pools are .*test-\w+; `box pool start missing --image IMAGE` starts it\n$/,
        ) as string,
      });
    },
  );

  it.skipIf(ONLY_FULL_ON_KRUN)(
    "is a box like any other: listed, reached by exec and logs, and removed, but not before it is one",
    async () => {
      const idle = await box(["ps", "-aq", "--no-trunc"]);
      expect(lines(idle.stdout)).not.toEqual(expect.arrayContaining(await vms()));
      const [id = ""] = await vms();
      removeAfterTest(id);
      const script = "echo up; sleep 1000";
      const started = await run(["-d", "--rm", `--pool=${POOL}`, BUSYBOX, "sh", "-c", script]);
      expect(started.stdout.trim()).toBe(id);
      expect((await box(["exec", id, "cat", "/proc/sys/kernel/hostname"])).stdout).toBe(
        `${id.slice(0, 12)}\n`,
      );
      expect((await box(["logs", id])).stdout).toBe("up\n");
      expect((await status()).claimed).toBe(1);
      expect((await box(["pool", "stop", POOL])).code).toBe(0);
      expect((await box(["exec", id, "true"])).code).toBe(0);
      expect((await box(["rm", "-f", id])).code).toBe(0);
      await awaitNoneNaming(id);
    },
  );
});

it.skipIf(SAME_ON_KRUN)("follows the tag of its image", async () => {
  const image = `pool-${process.pid}:latest`;
  onTestFinished(async () => {
    await stopPool();
    await box(["rmi", image]);
  });
  await box(["tag", BUSYBOX, image]);
  await box(["pool", "start", POOL, "--image", image, ...SHAPE, "--rm"]);
  const ask = () => run(["--rm", `--pool=${POOL}`, image, "python3", "-c", "print(1)"]);
  expect((await ask()).code).toBe(127);
  await untilIdle(1);
  const [old] = await vms();
  await box(["tag", PYTHON, image]);
  expect(await ask()).toMatchObject({ code: 0, stdout: "1\n" });
  while ((await vms()).includes(old ?? "") || (await status()).idle < 1) await setTimeout(50);
  expect(await ask()).toMatchObject({ code: 0, stdout: "1\n" });
  expect(await status()).toMatchObject({ hits: 2, misses: 1 });
});

it.skipIf(ONLY_FULL_ON_KRUN)("keeps the files of a box without --rm when it is started again", async () => {
  onTestFinished(stopPool);
  await startPool();
  const script = "echo x >> /kept; cat /kept";
  const { stdout } = await run(["-d", `--pool=${POOL}`, BUSYBOX, "sh", "-c", script]);
  const id = stdout.trim();
  removeAfterTest(id);
  await box(["wait", id]);
  expect((await status()).hits).toBe(1);
  expect((await box(["start", "-a", id])).stdout).toBe("x\nx\n");
});

it.skipIf(SAME_ON_KRUN)("a start whose pool is stopped meanwhile fails", async () => {
  const starting = box(["pool", "start", POOL, "--image", BUSYBOX, ...SHAPE, "--min-idle", "5"]);
  while ((await box(["pool", "status", POOL])).code !== 0) continue;
  expect(await box(["pool", "stop", POOL])).toMatchObject({ code: 0, stdout: `${POOL}\n` });
  const { code, stdout, stderr } = await starting;
  expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
  expect(stderr).toContain(`pool ${POOL} was stopped while it was starting`);
  expect(await readdir(pools())).not.toContain(POOL);
});

describe.skipIf(ONLY_FULL_ON_KRUN)("the keeper of a pool", () => {
  // Two commands can start it at once.
  beforeAll(() => Promise.all([startPool("--rm"), startPool("--rm")]));
  afterAll(stopPool);

  it.skipIf(SAME_ON_KRUN)("is not waited for if it is stopped: a box boots", async () => {
    const { pid } = await status();
    try {
      process.kill(pid, "SIGSTOP");
      expect(await runInPool("echo", "booted")).toMatchObject({
        stdout: "booted\n",
        stderr: `warning: the keeper of pool ${POOL} does not answer, so the box boots a VM of its own\n`,
      });
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  it("takes its idle VMs along if it is killed, and the next start clears the rest and goes on", async () => {
    const { pid } = await status();
    kill(pid);
    await awaitGone(pid);
    await awaitNoneNaming(join(pools(), POOL));
    expect((await box(["pool", "ls", "--format", "{{.Name}} {{.Status}}"])).stdout).toContain(
      `${POOL} not running`,
    );
    expect((await box(["pool", "start", POOL])).stdout).toBe(`${POOL}\n`);
    expect((await runInPool("echo", "again")).stdout).toBe("again\n");
    expect((await status()).hits).toBe(1);
  });
});
