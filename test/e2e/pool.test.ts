import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomNumbers } from "../random.js";
import { box, DRIVER, finish, home, removeAfterTest, run, start, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";
import { awaitGone, awaitNoneNaming, kill, processesNaming } from "./processes.js";

/** Number of processes that are killed at random moments; `BOX_TEST_LIVES=200` for a long run. */
const LIVES = Number(process.env["BOX_TEST_LIVES"] ?? (DRIVER === "krun" ? 2 : 6));
/** Seed for what is killed when, so that a failure can be reproduced. */
const SEED = Number(process.env["BOX_TEST_SEED"] ?? Date.now() % 2 ** 31);

interface Status {
  pid: number;
  idle: number;
  claimed: number;
  hits: number;
  misses: number;
  lastMiss?: string;
}

const POOL = `test-${DRIVER}`;
const SHAPE = ["--vmm", DRIVER, "--cpus", "1", "-m", "256m"];
const pools = () => join(home(), "pools");
const lines = (text: string) => text.split("\n").filter((line) => line !== "");

async function startPool(...flags: string[]): Promise<void> {
  const started = await box(["pool", "start", POOL, "--image", BUSYBOX, ...SHAPE, ...flags]);
  expect(started).toMatchObject({ code: 0, stderr: "", stdout: `${POOL}\n` });
}

async function status(): Promise<Status> {
  const { stdout, stderr } = await box(["pool", "status", POOL, "--format", "json"]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Status;
}

/** Waits until a number of VMs is idle. */
async function untilIdle(count: number): Promise<void> {
  while ((await status()).idle < count) continue;
}

const runInPool = (...words: string[]) => run(["--rm", "-m", "256m", `--pool=${POOL}`, BUSYBOX, ...words]);

/** The directories of the pool's VMs. */
const vms = async () =>
  (await readdir(join(pools(), POOL)).catch(() => [])).filter((name) => /^\w{64}$/.test(name));

afterEach(async () => {
  await box(["pool", "stop", POOL]);
  expect(await readdir(pools())).not.toContain(POOL);
});

describe("a box in a VM of a pool", () => {
  beforeEach(() => startPool("--rm"));

  it("has streams, exit code and ID of its own, and the VM is used once", async () => {
    const [id] = await vms();
    const first = await run(
      [
        "--rm",
        "-i",
        "-m",
        "256m",
        "-e",
        "A=b",
        `--pool=${POOL}`,
        BUSYBOX,
        "sh",
        "-c",
        "cat; hostname; echo $A >&2; exit 7",
      ],
      { input: "in\n" },
    );
    expect(first).toMatchObject({ code: 7, stdout: `in\n${id?.slice(0, 12)}\n`, stderr: "b\n" });
    await untilIdle(1);
    expect(await vms()).not.toContain(id);
    expect(await status()).toMatchObject({ hits: 1, misses: 0 });
  });

  it("is a box like any other: listed, reached by exec and logs, and removed, but not before it is one", async () => {
    const idle = await box(["ps", "-aq", "--no-trunc"]);
    expect(lines(idle.stdout)).not.toEqual(expect.arrayContaining(await vms()));
    const [id = ""] = await vms();
    removeAfterTest(id);
    const started = await run([
      "-d",
      "--rm",
      "-m",
      "256m",
      `--pool=${POOL}`,
      BUSYBOX,
      "sh",
      "-c",
      "echo up; sleep 1000",
    ]);
    expect(started.stdout.trim()).toBe(id);
    expect((await box(["exec", id, "cat", "/proc/sys/kernel/hostname"])).stdout).toBe(`${id.slice(0, 12)}\n`);
    expect((await box(["logs", id])).stdout).toBe("up\n");
    expect((await status()).claimed).toBe(1);
    expect((await box(["pool", "stop", POOL])).code).toBe(0);
    expect((await box(["exec", id, "true"])).code).toBe(0);
    expect((await box(["rm", "-f", id])).code).toBe(0);
    await awaitNoneNaming(id);
  });

  it("boots a VM of its own if none is idle or none fits, and the pool says why", async () => {
    const other = await run(["--rm", "-m", "300m", `--pool=${POOL}`, BUSYBOX, "echo", "bigger"]);
    expect(other).toMatchObject({ code: 0, stdout: "bigger\n", stderr: "" });
    expect((await status()).lastMiss).toBe("the box differs from the pool's: memory");
    const both = await Promise.all([runInPool("echo", "one"), runInPool("echo", "two")]);
    expect(both.map(({ stdout }) => stdout)).toEqual(["one\n", "two\n"]);
    expect(await status()).toMatchObject({ hits: 1, misses: 2, lastMiss: "no VM is idle" });
  });
});

it("refuses a pool that does not exist, and names those that do", async () => {
  await startPool("--rm", "--min-idle", "0");
  const { code, stderr } = await run(["--rm", "--pool=missing", BUSYBOX, "true"]);
  expect({ code, stderr }).toEqual({
    code: 125,
    stderr: expect.stringMatching(/^box: no such pool: missing\nhint: the pools are .*test-\w+\n$/) as string,
  });
});

it("keeps the files of a box without --rm when it is started again", async () => {
  await startPool();
  const { stdout } = await run([
    "-d",
    "-m",
    "256m",
    `--pool=${POOL}`,
    BUSYBOX,
    "sh",
    "-c",
    "echo x >> /kept; cat /kept",
  ]);
  const id = stdout.trim();
  try {
    await box(["wait", id]);
    expect((await status()).hits).toBe(1);
    expect((await box(["start", "-a", id])).stdout).toBe("x\nx\n");
  } finally {
    await box(["rm", "-f", id]);
  }
});

it("a killed keeper takes its idle VMs along, and the next start clears the rest and goes on", async () => {
  await startPool("--rm");
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

/** Processes that take part, and how to find them. */
const ROLES: Record<string, RegExp> = {
  keeper: /box\.js keeper test-/,
  monitor: /monitor\.js/,
  VMM: /qemu-system|box-vmm krun/,
  command: /box\.js run .*--pool=test-/,
};

/** Runs boxes of the pool, and kills a process of a role at a random moment. @returns what was done */
async function runAndKill(random: () => number): Promise<string> {
  const roles = Object.keys(ROLES);
  const role = roles[Math.floor(random() * roles.length)] ?? "";
  const delay = random() * 800;
  const commands = [1, 2].map((number) =>
    start([
      "run",
      "--rm",
      "--vmm",
      DRIVER,
      "--cpus",
      "1",
      "-m",
      "256m",
      `--pool=${POOL}`,
      BUSYBOX,
      "hostname",
      `${number}`,
    ]),
  );
  const results = commands.map(finish);
  await new Promise((resolve) => setTimeout(resolve, delay));
  const pattern = ROLES[role] ?? /^$/;
  const all = new Map([...(await processesNaming(home())), ...(await processesNaming(POOL))]);
  const [victim] = [...all].filter(([, line]) => pattern.test(line));
  if (victim) kill(victim[0]);
  await Promise.all(results);
  return `${role} killed after ${delay.toFixed(0)} ms`;
}

it(`leaves nothing behind when processes are killed (${LIVES} times, seed ${SEED})`, async () => {
  const random = randomNumbers(SEED);
  const done: string[] = [];
  for (let life = 0; life < LIVES; life++) {
    const { code } = await box(["pool", "status", POOL]);
    if (code !== 0) {
      await box(["pool", "stop", POOL]);
      await startPool("--rm");
    }
    done.push(await runAndKill(random));
  }
  await box(["pool", "stop", POOL]);
  // Lists record the ends of killed boxes.
  await box(["ps", "-a"]);
  await awaitNoneNaming(join(pools(), POOL));
  const left = {
    pools: (await readdir(pools())).filter((name) => name.includes(POOL)),
    boxes: (await readdir(join(home(), "boxes"))).filter((name) => name.startsWith(".")),
    sockets: (await readdir(testEnvironment()["BOX_RUNTIME"] ?? "")).filter((name) => name.includes(POOL)),
  };
  expect(left, done.join("\n")).toEqual({ pools: [], boxes: [], sockets: [] });
});
