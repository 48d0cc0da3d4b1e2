import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { follow, send } from "../../../../src/vm/protocol/control/client.js";
import { encodeFrame, FrameType } from "../../../../src/vm/protocol/guest/frames.js";
import { startMonitor } from "./monitor-process.js";

/** Writes more than fits on the disk, frees space, continues writing, and prints the readable entries. */
const PROGRAM = `
  import { rmSync, writeFileSync } from "node:fs";
  import { openLog } from "./src/vm/box/log.js";
  import { openOutputLog } from "./src/vm/monitor/output-log.js";
  const [folder, maxBytes] = process.argv.slice(2);
  const path = folder + "/output.log";
  const filler = folder + "/filler";
  writeFileSync(filler, Buffer.alloc(128 * 1024));
  let failures = 0;
  let written = 0;
  const log = openOutputLog(path, { maxBytes: Number(maxBytes), maxFiles: 2 }, () => failures++);
  const append = (stream, data) => {
    log.append(stream, data);
    written += data.length;
  };
  for (let i = 0; i < 30; i++) append("stdout", Buffer.alloc(10_000 + i, "x"));
  rmSync(filler);
  append("stderr", Buffer.from("room\\n"));
  append("stdout", Buffer.from("again\\n"));
  log.close();
  const entries = [];
  const reader = await openLog(path, () => undefined);
  await reader.scan(({ stream, data }) => void entries.push([stream, data.length < 100 ? data.toString() : data.length]));
  await reader.close();
  console.log(JSON.stringify({ failures, written, entries }));`;

interface Outcome {
  failures: number;
  written: number;
  entries: [string, string | number][];
}

async function fillDisk(maxBytes: number): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "box-full-"));
  try {
    const program = join(folder, "program.mjs");
    await build({
      stdin: { contents: PROGRAM, resolveDir: process.cwd() },
      ...{ bundle: true, platform: "node", format: "esm", outfile: program, logLevel: "warning" },
    });
    const script = 'mkdir "$0/disk" && mount -t tmpfs -o size=256k none "$0/disk" && exec "$@"';
    const words = ["-Urm", "sh", "-c", script, folder, process.execPath, program, join(folder, "disk")];
    const { stdout } = await promisify(execFile)("unshare", [...words, String(maxBytes)]);
    return JSON.parse(stdout) as Outcome;
  } finally {
    await rm(folder, { recursive: true });
  }
}

it("output lost to a full disk is counted to the byte, and recorded in the log once there is space again", async () => {
  const { failures, written, entries } = await fillDisk(Infinity);
  expect(failures).toBe(1);
  const [note, ...after] = entries.slice(-3);
  expect(after).toEqual([
    ["stderr", "room\n"],
    ["stdout", "again\n"],
  ]);
  const [, lost = ""] =
    /^box: (\d+) bytes of output were lost: the disk was full\n$/.exec(String(note?.[1])) ?? [];
  const kept = entries.slice(0, -3).reduce((sum, [, length]) => sum + Number(length), 0);
  expect(kept + Number(lost) + "room\nagain\n".length).toBe(written);
  expect(kept).toBeGreaterThan(0);
});

it("a log that is rotated in time does not fill the disk", async () => {
  const { failures, entries } = await fillDisk(50_000);
  expect(failures).toBe(0);
  expect(entries.slice(-2)).toEqual([
    ["stderr", "room\n"],
    ["stdout", "again\n"],
  ]);
});

it("a monitor that cannot write its own log still reports why its box exited", async () => {
  const full = await open("/dev/full", "w");
  const monitor = await startMonitor({}, full.fd);
  try {
    send(monitor.command, { op: "attach", stdin: false });
    const ended = follow(monitor.command, {});
    monitor.agent.write(encodeFrame(FrameType.EXIT, 1, Buffer.alloc(0)));
    expect(await ended).toMatchObject({ event: "failed", code: "guest-protocol" });
  } finally {
    await monitor.close();
    await full.close();
  }
});
