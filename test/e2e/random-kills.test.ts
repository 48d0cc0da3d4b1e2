import { mkdtemp, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { randomNumbers } from "../random.js";
import { box, DRIVER, finish, start, type Result } from "./box.js";
import { BUSYBOX } from "./images.js";
import { fillHome, homeIn } from "./own-home.js";
import { allProcesses, awaitNoneNaming, kill, treesNaming } from "./processes.js";

/** Number of processes that are killed; `BOX_TEST_LIVES=200` for a long run. */
const KILLS = Number(process.env["BOX_TEST_LIVES"] ?? 2);
/** Seed for what is killed when, so that a failure can be reproduced. */
const SEED = Number(process.env["BOX_TEST_SEED"] ?? Date.now() % 2 ** 31);

const POOL = `kills-${process.pid}`;
const MACHINE = ["--vmm", DRIVER, "--cpus", "1", "-m", "256m"];
const OWN = ["/proc/sys/kernel/random/boot_id", "/proc/sys/kernel/hostname"];
/** A command that has not ended by then never will, even on a busy host. */
const HANGS_MS = 300_000;
/** Most time from the moment at which a process has been found until it is killed. */
const MOST_DELAY_MS = 600;

/** The processes that take part, and how to find them. */
const ROLES = {
  keeper: /\bkeeper kills-/,
  "monitor of an idle VM": /monitor\.js idle/,
  monitor: /monitor\.js (?!idle)/,
  helper: /box-vmm (launch|qemu)/,
  VMM: /^qemu-system/,
  "network process": /^box-network/,
  freezer: /box-vmm freeze/,
};
type Role = keyof typeof ROLES | "command" | "VMM of the freezer";

const OF_BOX: Role[] = ["monitor", "helper", "VMM", "network process", "command"];
/** Where boxes may start from, and the processes that may be killed meanwhile. */
const STARTS: Record<string, Role[]> = {
  "a template": OF_BOX,
  "no template": [...OF_BOX, "freezer", "freezer", "VMM of the freezer", "VMM of the freezer"],
  "a pool": [...OF_BOX, "keeper", "keeper", "monitor of an idle VM", "monitor of an idle VM"],
};
/** Boxes are not affected if these are killed. */
const BESIDE: Role[] = ["keeper", "freezer", "VMM of the freezer"];

let folder: string;
let env: NodeJS.ProcessEnv;
const own = (...words: string[]) => box(words, { env });
const within = (...words: string[]) => join(folder, "home", ...words);
const list = (...words: string[]) => readdir(within(...words)).catch(() => [] as string[]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-kills-"));
  env = homeIn(folder);
  await fillHome(within());
});
afterAll(async () => {
  await own("pool", "stop", POOL);
  for (const pid of (await processes()).keys()) kill(pid);
  await awaitNoneNaming(folder);
  await rm(folder, { recursive: true });
});

/** The processes of the test, other than commands. */
const processes = async () => treesNaming(await allProcesses(), [folder, POOL]);

async function findAll(role: Exclude<Role, "command">): Promise<number[]> {
  const all = await processes();
  const freezing = treesNaming(all, ["box-vmm freeze"]);
  const [among, pattern] =
    role === "VMM of the freezer" ? ([freezing, ROLES.VMM] as const) : ([all, ROLES[role]] as const);
  return [...among]
    .filter(
      ([pid, { line }]) =>
        pattern.test(line) && (among === freezing || role === "freezer" || !freezing.has(pid)),
    )
    .map(([pid]) => pid);
}

/** Starts the pool, unless it is running. The first time, it is given its shape. */
async function ensurePool(): Promise<void> {
  if ((await findAll("keeper")).length > 0) return;
  const isKnown = (await list("pools")).includes(POOL);
  const flags = isKnown ? [] : ["--image", BUSYBOX, ...MACHINE, "--rm", "--min-idle", "2"];
  expect(await own("pool", "start", POOL, ...flags)).toMatchObject({ code: 0, stdout: `${POOL}\n` });
}

async function removeTemplates(): Promise<void> {
  for (const name of await list("templates"))
    if (name.startsWith("vm-")) await rm(within("templates", name), { recursive: true, force: true });
}

/** Waits until a process of a role exists, and kills one of them a while later. @returns what was done */
async function killOne(find: () => Promise<number[]>, isOver: () => boolean, random: () => number) {
  const [delay, which] = [random() * MOST_DELAY_MS, random()];
  while (!isOver() && (await find()).length === 0) await setTimeout(20);
  await setTimeout(delay);
  const victims = await find();
  const victim = victims[Math.floor(which * victims.length)];
  return { killed: victim !== undefined && kill(victim), delay };
}

interface Life {
  /** For the report. */
  what: string;
  killed: Role[];
  results: Result[];
}

/** Starts boxes and kills processes meanwhile. */
async function startAndKill(random: () => number): Promise<Life> {
  const chosen = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  const from = chosen(Object.keys(STARTS));
  const roles = [1, 2].map(() => chosen(STARTS[from] ?? []));
  if (from === "a pool") await ensurePool();
  if (from === "no template") await removeTemplates();
  const flags = [...MACHINE, ...(from === "a pool" ? [`--pool=${POOL}`] : [])];
  const commands = [1, 2].map(() => start(["run", "--rm", ...flags, BUSYBOX, "cat", ...OWN], { env }));
  let over = false;
  const ended = Promise.all(commands.map(finish)).finally(() => (over = true));
  const running = () => commands.flatMap(({ pid = 0, exitCode }) => (exitCode === null ? pid : []));
  const kills = await Promise.all(
    roles.map(async (role) => {
      const find = () => (role === "command" ? Promise.resolve(running()) : findAll(role));
      return { role, ...(await killOne(find, () => over, random)) };
    }),
  );
  const done = kills.map(
    ({ role, killed, delay }) => `${killed ? "" : "no "}${role} after ${delay.toFixed()} ms`,
  );
  const what = `from ${from}, killed ${done.join(" and ")}`;
  const killed = kills.flatMap(({ role, killed: wasKilled }) => (wasKilled ? role : []));
  const results = await Promise.race([ended, setTimeout(HANGS_MS, undefined, { ref: false })]);
  if (results) return { what, killed, results };
  const left = [...(await processes())].map(([pid, { line }]) => `${pid} ${line}`);
  throw new Error(`a command hangs (${what}):\n${left.join("\n")}`);
}

/** Locks that some process holds on files of the test's home. */
async function heldLocks(): Promise<string[]> {
  const names = await readdir(within(), { recursive: true });
  const inodes = await Promise.all(names.map((name) => stat(within(name)).catch(() => undefined)));
  const locked = (await readFile("/proc/locks", "utf8")).matchAll(/ \w+:\w+:(\d+) /g);
  const held = new Set([...locked].map(([, inode]) => Number(inode)));
  return names.filter((_name, index) => held.has(inodes[index]?.ino ?? -1));
}

/** Lists everything that is left of boxes, pools and unfinished templates. */
async function leftovers(): Promise<Record<string, string[]>> {
  // Unfinished templates are removed when they are a few seconds old.
  for (const name of await list("templates")) await utimes(within("templates", name), 0, 0);
  expect(await own("system", "prune", "-f", "--filter", "label=none")).toMatchObject({ code: 0, stderr: "" });
  const names = await readdir(within(), { recursive: true });
  return {
    processes: [...(await processes()).values()].map(({ line }) => line),
    boxes: await list("boxes"),
    names: await list("names"),
    pools: await list("pools"),
    templates: (await list("templates")).filter((name) => name.startsWith(".") || name.endsWith(".tmp")),
    temporaries: names.filter((name) => name.endsWith(".tmp")),
    staged: names.filter((name) => /(^|\/)(next-|\.[a-z]+-)/.test(name)),
    locks: await list("locks"),
    workspaces: await list("tmp"),
    sockets: await readdir(join(folder, "run")),
    leases: await list("holds"),
  };
}

/** Checks what the commands of one life have printed, and removes what is left of their boxes. */
async function check({ what, killed, results }: Life, seen: Set<string>): Promise<void> {
  for (const { code, stdout, stderr } of results) {
    if (killed.every((role) => BESIDE.includes(role)))
      expect({ what, stderr, code }).toMatchObject({ code: 0 });
    const lines = stdout.split("\n").filter((line) => line !== "");
    if (code === 0) expect(lines, what).toHaveLength(OWN.length);
    for (const line of lines) expect(seen, `${what}: ${line}`).not.toContain(line);
    for (const line of lines) seen.add(line);
  }
  await awaitNoneNaming(within("boxes"));
  const { code, stdout, stderr } = await own("ps", "-aq");
  expect({ code, stderr }, what).toEqual({ code: 0, stderr: "" });
  const ids = stdout.split("\n").filter((id) => id !== "");
  // A box whose command was killed before it was launched has been created, like any other.
  if (!killed.includes("command")) expect(ids, what).toEqual([]);
  else if (ids.length > 0) expect((await own("rm", "-f", ...ids)).code, what).toBe(0);
  expect([await list("boxes"), await list("names")], what).toEqual([[], []]);
}

it.skipIf(DRIVER === "krun")(
  `processes that are killed at any moment leave nothing, and no two boxes get one VM (${KILLS} times, seed ${SEED})`,
  { timeout: 120_000 + KILLS * 60_000 },
  async () => {
    const random = randomNumbers(SEED);
    const seen = new Set<string>();
    for (let kills = 0; kills < KILLS;) {
      const life = await startAndKill(random);
      kills += life.killed.length;
      console.info(
        `${kills}: ${life.what}; exit codes ${life.results.map(({ code }) => code).join(" and ")}`,
      );
      await check(life, seen);
    }
    await own("pool", "stop", POOL);
    for (const pid of await findAll("freezer")) kill(pid);
    await awaitNoneNaming(folder);
    // The freezer's VM, which does not name the folder, holds its lock until it has ended as well.
    while ((await heldLocks()).length > 0) await setTimeout(20);
    for (const [kind, left] of Object.entries(await leftovers())) expect(left, kind).toEqual([]);
  },
);
