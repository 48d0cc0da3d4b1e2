import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, it } from "vitest";

/** Reserves space, uses up all other space and inodes, records the end of a box, and prints what is on disk then. */
const PROGRAM = `
  import { readdirSync, writeFileSync } from "node:fs";
  import { readState } from "./src/vm/box/record.js";
  import { reserveState, writeLastState, writeState } from "./src/vm/box/state.js";
  const [folder, full] = process.argv.slice(2);
  const check = (output) => ({ start: "", end: "", exitCode: 1, output });
  const health = { status: "unhealthy", failingStreak: 5, log: [check("\\x01".repeat(4096)), check("y".repeat(4096))] };
  const running = { status: "running", startedAt: "2020-01-01T00:00:00.000Z", health };
  await writeState(folder, running);
  await reserveState(folder);
  if (full === "true") {
    try {
      for (let i = 0; ; i++) writeFileSync(folder + "/filler" + i, Buffer.alloc(65_536));
    } catch {}
  }
  let plain = "written";
  await writeState(folder, running).catch((error) => (plain = error.code));
  const ended = { ...running, status: "exited", exitCode: 9, error: "\\x01".repeat(70_000) };
  await writeLastState(folder, ended);
  const { error, health: kept, ...state } = await readState(folder);
  const files = readdirSync(folder).filter((name) => !name.startsWith("filler"));
  console.log(JSON.stringify({ plain, state, kept: [kept.status, kept.log.length], letters: error.length, files }));`;

async function end(options: string, full: boolean): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "box-last-"));
  try {
    const program = join(folder, "program.mjs");
    await build({
      stdin: { contents: PROGRAM, resolveDir: process.cwd() },
      ...{ bundle: true, platform: "node", format: "esm", outfile: program, logLevel: "warning" },
    });
    const script = 'mkdir "$0/disk" && mount -t tmpfs -o "$1" none "$0/disk" && shift && exec "$@"';
    const words = [options, process.execPath, program, join(folder, "disk"), String(full)];
    const { stdout } = await promisify(execFile)("unshare", ["-Urm", "sh", "-c", script, folder, ...words]);
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const state = { status: "exited", startedAt: "2020-01-01T00:00:00.000Z", exitCode: 9 };

it.each(["size=512k", "size=1g,nr_inodes=5"])(
  "the end of a box is recorded on a full disk (%s), except for overlong parts",
  async (options) => {
    const files = ["state.json"];
    const told = { plain: "ENOSPC", state, kept: ["unhealthy", 0], letters: 2000, files };
    expect(await end(options, true)).toEqual(told);
  },
);

it("the end of a box is recorded completely if there is space, and no space stays reserved", async () => {
  const told = { plain: "written", state, kept: ["unhealthy", 2], letters: 70_000, files: ["state.json"] };
  expect(await end("size=2m", false)).toEqual(told);
});
