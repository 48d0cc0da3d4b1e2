import { once } from "node:events";
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { randomNumbers } from "../random.js";
import { box, DRIVER, finish, home, runDetached, start, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";
import { awaitNoneNaming, kill, processesNaming } from "./processes.js";

/** Number of boxes in which a process is killed; `BOX_TEST_LIVES=200` for a long run. */
const LIVES = Number(process.env["BOX_TEST_LIVES"] ?? 2);
/** Seed for what is killed when, so that a failure can be reproduced. */
const SEED = Number(process.env["BOX_TEST_SEED"] ?? Date.now() % 2 ** 31);

/** The processes involved in running a box, and patterns that match their command lines. */
const ROLES: Record<string, RegExp> = {
  command: /box\.js run/,
  monitor: /monitor\.js/,
  helper: /box-vmm (krun|qemu)/,
  VMM: /qemu-system|box-vmm krun/,
  virtiofsd: /virtiofsd/,
  network: /box-network/,
};

const boxesFolder = () => join(home(), "boxes");
const runtime = () => testEnvironment()["BOX_RUNTIME"] ?? "";

let neighbour: string;
let volume: string;

beforeAll(async () => {
  neighbour = await runDetached(["--name", `neighbour-${DRIVER}`, BUSYBOX, "sleep", "100000"]);
  volume = await mkdtemp(join(tmpdir(), "box-crash-"));
});
afterAll(async () => {
  await box(["rm", "-f", neighbour]);
  await rm(volume, { recursive: true });
});

/** Everything on this host that names a box or a command that uses it. */
async function traces(name: string, id: string | undefined): Promise<string[]> {
  const folders = await readdir(boxesFolder());
  const names = await readdir(join(home(), "names"));
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  if (id === undefined) return names.filter((entry) => entry === name);
  return [
    ...folders.filter((entry) => entry.includes(id)),
    ...names.filter((entry) => entry === name),
    ...(await readdir(runtime())).filter((entry) => entry.startsWith(id.slice(0, 12))),
    ...(await processesNaming(id)).values(),
    ...mounts.split("\n").filter((line) => line.includes(id)),
  ];
}

const isListed = async (name: string, ...filters: string[]) => {
  const words = filters.flatMap((filter) => ["-f", filter]);
  return (await box(["ps", "-a", "-f", `name=${name}`, ...words, "-q"])).stdout !== "";
};

/** Runs one box and kills one of its processes at a random time. @returns what was done, for the report */
async function liveAndDie(name: string, random: () => number): Promise<string> {
  const chosen = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  const flags = [
    ...chosen([[], ["-p", "127.0.0.1::80"], ["-v", `${volume}:/data`]]),
    ...chosen([[], ["--persistent=false"], ["--network", "bridge"]]),
    ...chosen([[], ["--restart", "always"], ["--rm"]]),
  ];
  const role = chosen(Object.keys(ROLES));
  const delay = random() * 2500;
  const what = `${role} killed ${delay.toFixed(0)} ms after the start with ${flags.join(" ")}`;
  const command = start([
    "run",
    "--vmm",
    DRIVER,
    "--cpus",
    "1",
    "--name",
    name,
    ...flags,
    BUSYBOX,
    "sleep",
    "100000",
  ]);
  const ended = finish(command);
  await setTimeout(delay);
  const id = await readlink(join(home(), "names", name)).catch(() => undefined);
  if (role === "command") command.kill("SIGKILL");
  let killed = false;
  for (const [pid, line] of id === undefined ? [] : await processesNaming(id)) {
    if (role === "command" || !ROLES[role]?.test(line)) continue;
    killed = kill(pid) || killed;
  }
  // The process may not have existed yet.
  const fatal = killed && (role === "monitor" || role === "VMM" || role === "helper");
  if (fatal && id !== undefined && !flags.includes("always")) {
    await ended;
    await awaitNoneNaming(id);
    expect(await isListed(name, "status=running"), what).toBe(false);
  }
  if (await isListed(name)) {
    const again = await box(["start", name]);
    expect([again.code, again.stderr === "" || again.stderr.startsWith("box: ")], what).toEqual([
      again.stderr === "" ? 0 : 1,
      true,
    ]);
    // A box that its restart policy is about to start again is left alone.
    if (again.code === 0)
      expect(await isListed(name, "status=running", "status=restarting"), what).toBe(true);
  }
  if (await isListed(name)) expect((await box(["rm", "-f", name])).code, what).toBe(0);
  if (command.exitCode === null && command.signalCode === null) {
    command.kill("SIGTERM");
    await once(command, "exit").catch(() => undefined);
  }
  await ended;
  const last = id ?? (await readlink(join(home(), "names", name)).catch(() => undefined));
  if (await isListed(name)) await box(["rm", "-f", name]);
  if (last !== undefined) await awaitNoneNaming(last);
  expect(await traces(name, last), what).toEqual([]);
  return what;
}

it(
  `after any process is killed at any time, lists are correct, a start works and nothing is left (seed ${SEED})`,
  { timeout: LIVES * 60_000 },
  async () => {
    const random = randomNumbers(SEED);
    for (let life = 0; life < LIVES; life++) {
      const what = await liveAndDie(`crash-${DRIVER}-${life}`, random);
      console.info(`life ${life}: ${what}`);
      const { stdout, code } = await box(["exec", neighbour, "echo", "still here"]);
      expect([stdout, code]).toEqual(["still here\n", 0]);
    }
  },
);
