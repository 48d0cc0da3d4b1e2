import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { box, DRIVER, runDetached } from "./box.js";
import { BUSYBOX } from "./images.js";
import { fillHome, shareTemplates } from "./own-home.js";

/** Number of boxes, one after another; `BOX_TEST_LIVES=500` for a long run. */
const LIVES = Number(process.env["BOX_TEST_LIVES"] ?? 1);

let home: string;
const own = () => ({ env: { BOX_HOME: join(home, "home"), BOX_RUNTIME: join(home, "run") } });

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "box-leak-"));
  await fillHome(join(home, "home"));
  // Elsewhere: the making of a template comes and goes in the background.
  shareTemplates(join(home, "home"));
  // Anything that one box's end leaks accumulates in the monitor of this box.
  await runDetached([BUSYBOX, "sleep", "100000"], own());
});
afterAll(async () => {
  const { stdout } = await box(["ps", "-aq"], own());
  await box(["rm", "-f", ...stdout.split("\n").filter(Boolean)], own());
  await rm(home, { recursive: true });
});

/**
 * Processes of this BOX_HOME with their open file counts; the command line or environment of monitors and VMMs names
 * it.
 */
async function openFiles(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const read = (file: string) => readFile(join("/proc", pid, file), "utf8").catch(() => "");
    if (!`${await read("cmdline")}${await read("environ")}`.includes(home)) continue;
    found[pid] = (await readdir(join("/proc", pid, "fd")).catch(() => [])).length;
  }
  return found;
}

/** Processes, mounts and files of this BOX_HOME. */
async function takeStock() {
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  return {
    openFiles: await openFiles(),
    mounts: mounts.split("\n").filter((line) => line.includes(home)),
    // Without rotated event logs: a log is rotated once, when it grows too long.
    files: (await readdir(home, { recursive: true }))
      .filter((file) => !/^home\/events\.[12]\.jsonl$/.test(file))
      .sort(),
  };
}

it(
  "running boxes leaks no process, mount, file or open file",
  { timeout: 600_000 + LIVES * 60_000 },
  async () => {
    const live = async () => {
      const flags = [
        "--vmm",
        DRIVER,
        "--cpus",
        "1",
        "-p",
        "127.0.0.1::80",
        "-v",
        "data:/data",
        "-v",
        "/anonymous",
      ];
      const { stdout } = await box(["create", ...flags, BUSYBOX, "sleep", "100000"], own());
      const id = stdout.trim();
      for (const [command = "", ...args] of [
        ["start", id],
        ["exec", id, "touch", "/data/file"],
        ["stop", "-t", "5", id],
        ["rm", "-v", id],
      ])
        expect(await box([command, ...args], own()), command).toMatchObject({ code: 0, stderr: "" });
    };
    // The first one creates what stays: the named volume and directories.
    await live();
    const before = await takeStock();
    for (let life = 0; life < LIVES; life++) await live();
    expect(await takeStock()).toEqual(before);
  },
);
