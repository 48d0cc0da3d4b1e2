import { execFile } from "node:child_process";
import { readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import {
  awaitLog,
  awaitText,
  box,
  DRIVER,
  finish,
  hasEnded,
  home,
  removeAfterTest,
  SAME_ON_KRUN,
  start,
  type Result,
} from "./box.js";
import { BUSYBOX } from "./images.js";
import { awaitNoneNaming, awaitGone, kill, processesNaming } from "./processes.js";

const execute = promisify(execFile);

const folderOf = (id: string) => join(home(), "boxes", id);

async function create(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await box(["create", "--vmm", DRIVER, "--cpus", "1", ...args]);
  if (code !== 0) throw new Error(stderr);
  removeAfterTest(stdout.trim());
  return stdout.trim();
}

const startAttached = (id: string): Promise<Result> => box(["start", "-a", id]);

/** Runs fsck on a copy of a box's writable layer, because the box may still have it mounted. */
async function checkLayer(id: string): Promise<{ code: number; journal: boolean }> {
  const copy = join(tmpdir(), `box-layer-${id.slice(0, 12)}.ext4`);
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  const check = (...flags: string[]) =>
    execute("e2fsck", ["-f", ...flags, copy], { env }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: unknown) => error as { code: number; stdout: string },
    );
  try {
    await execute("cp", ["--sparse=always", join(folderOf(id), "upper.ext4"), copy]);
    // Replays the journal first, as the next mount does.
    const replayed = await check("-E", "journal_only", "-y");
    const { code } = await check("-n");
    return { code, journal: replayed.stdout.includes("recovering journal") };
  } finally {
    await rm(copy, { force: true });
  }
}

describe.skipIf(SAME_ON_KRUN)("a created box", () => {
  it("runs each time it is started, with --persistent=false from a fresh copy of its image", async () => {
    const id = await create(
      "--persistent=false",
      BUSYBOX,
      "sh",
      "-c",
      "echo $(ls /made 2>&1); touch /made; exit 3",
    );
    expect((await box(["ps", "-a"])).stdout).toMatch(new RegExp(`^${id.slice(0, 12)} .* Created`, "m"));
    expect((await readdir(folderOf(id))).sort()).toEqual(["box.json"]);
    const missing = "ls: /made: No such file or directory\n";
    expect(await startAttached(id)).toMatchObject({ code: 3, stdout: missing });
    expect(await startAttached(id.slice(0, 10))).toMatchObject({ code: 3, stdout: missing });
    expect((await box(["logs", id])).stdout).toBe(missing + missing);
    expect(await hasEnded(id)).toBe(true);
  });

  it.each([[], ["-a"], ["-a", "-i"]])(
    "reports why it cannot be launched, with `start %s`, and stays unchanged",
    async (...flags: string[]) => {
      for (const made of [[], ["--rm"]]) {
        const id = await create("-i", ...made, BUSYBOX, "true");
        const lock = join(folderOf(id), "lock");
        await symlink("/nonexistent/x", lock);
        const { code, stderr } = await box(["start", ...flags, id], { input: "words" });
        const why = `cannot be launched: box-vmm: cannot open the lock ${lock}: `;
        expect(stderr).toContain(why);
        expect(code).toBe(flags.length === 0 ? 1 : 125);
        expect((await box(["ps", "-a", "--no-trunc"])).stdout).toMatch(new RegExp(`^${id} .* Created`, "m"));
      }
    },
  );

  it("keeps its anonymous volume and gets its ports, resolvers and stdin at every start", async () => {
    const id = await create("-i", "-v", "/kept", "-p", "127.0.0.1::80", BUSYBOX, "tee", "-a", "/kept/all");
    for (const word of ["one", "two"]) {
      const { code, stdout } = await box(["start", "-i", id], { input: `${word}\n` });
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${word}\n` });
      const record = JSON.parse(await readFile(join(folderOf(id), "box.json"), "utf8")) as {
        ports: { hostPort: number }[];
        namedVolumes: { name: string }[];
      };
      expect(record.ports).toMatchObject([{ hostPort: expect.any(Number) as number }]);
      expect(record.ports[0]?.hostPort).toBeGreaterThan(0);
    }
    const [volume = ""] = await volumesOf(id);
    expect(await readFile(join(home(), "volumes", volume, "_data", "all"), "utf8")).toBe("one\ntwo\n");
    await box(["rm", "-v", id]);
    expect(await readdir(join(home(), "volumes"))).not.toContain(volume);
  });

  it("is started once by concurrent commands, is left alone when it runs, and restarts", async () => {
    const id = await create(BUSYBOX, "sh", "-c", "echo up; exec sleep 10000");
    const both = await Promise.all([box(["start", id]), box(["start", id])]);
    expect(both.filter(({ code }) => code === 0).length).toBeGreaterThan(0);
    for (const { code, stderr } of both) if (code !== 0) expect(stderr).toContain("at the same time");
    await awaitLog(id, "up");
    expect(await box(["start", id])).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect((await readdir(folderOf(id))).filter((file) => file.startsWith("next-"))).toEqual([]);
    expect(await box(["restart", "-t", "0", id])).toMatchObject({ code: 0, stdout: `${id}\n` });
    await awaitLog(id, "up", 2);
    await box(["rm", "-f", id]);
    await awaitNoneNaming(id);
  });

  it("passes Ctrl-C on, and reports what prevents its start", async () => {
    const id = await create("-p", "127.0.0.1:1:80", BUSYBOX, "sh", "-c", "echo up; exec sleep 10000");
    const child = start(["start", "-a", id]);
    await awaitText(child, "stdout", "up");
    const other = await create("-p", "127.0.0.1:1:80", BUSYBOX, "true");
    const refused = await box(["start", other, "nobody"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("-p: Bind for 127.0.0.1:1 failed: port is already allocated");
    expect(refused.stderr).toContain("No such container: nobody");
    expect(await readdir(folderOf(other))).toEqual(["box.json"]);
    const ended = finish(child);
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
  });
});

async function volumesOf(id: string): Promise<string[]> {
  const record = JSON.parse(await readFile(join(folderOf(id), "box.json"), "utf8")) as {
    namedVolumes: { name: string }[];
  };
  return record.namedVolumes.map(({ name }) => name);
}

/** A small disk, so that fsck is fast. */
const PERSISTENT = ["--storage-opt", "size=64m"];

describe("a box without --rm", () => {
  it("keeps its files when it ends or is killed, and synced files when all of its processes are killed", async () => {
    const script = `
      echo x >> /runs; echo run=$(wc -l < /runs).; ls /etc/group; rm -f /etc/group
      case $(wc -l < /runs) in
        1) dd if=/dev/zero of=/big bs=1M count=8 2>/dev/null; exit 3;;
        2) echo more > /more; echo written; exec sleep 10000;;
        3) i=0; while :; do i=$((i+1)); echo $i > /next; sync; mv /next /count; sync; echo at=$i.; done;;
        4) cat /more /count; wc -c < /big;;
      esac 2>/dev/null`;
    const id = await create(...PERSISTENT, BUSYBOX, "sh", "-c", script);
    expect(await startAttached(id)).toMatchObject({ code: 3, stdout: "run=1.\n/etc/group\n" });
    expect(await checkLayer(id)).toEqual({ code: 0, journal: false });

    // Left behind by a start that was killed.
    await writeFile(join(folderOf(id), "next-4194305.ext4"), "");
    await box(["start", id]);
    await awaitLog(id, "written");
    expect((await readdir(folderOf(id))).filter((file) => file.startsWith("next-"))).toEqual([]);
    await box(["kill", id]);
    expect(await checkLayer(id)).toEqual({ code: 0, journal: false });

    await box(["start", id]);
    await awaitLog(id, "at=5.");
    const processes = [...(await processesNaming(id)).keys()];
    processes.forEach(kill);
    await Promise.all(processes.map(awaitGone));
    const log = (await box(["logs", id])).stdout;
    const told = Math.max(...[...log.matchAll(/at=(\d+)\./g)].map(([, n]) => Number(n)));
    expect((await checkLayer(id)).code).toBe(0);

    const { stdout, stderr } = await startAttached(id);
    const [, , count] = stdout.split("\n");
    expect({ stdout, stderr }).toEqual({
      stdout: `run=4.\nmore\n${count}\n${8 << 20}\n`,
      stderr: "ls: /etc/group: No such file or directory\n",
    });
    expect(Number(count)).toBeGreaterThanOrEqual(told);
    expect(await checkLayer(id)).toEqual({ code: 0, journal: false });
  });
});
