import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { truncateMonitorLog, MOST_BYTES } from "../../../../src/vm/box/monitor-log.js";

const SLACK = 2 ** 17;
let folder: string;
const path = () => join(folder, "monitor.log");
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "box-monitor-log-"));
  const entry = join(import.meta.dirname, "../../../../src/vm/monitor/log.ts");
  buildSync({
    entryPoints: [entry],
    outfile: join(folder, "log.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a process that writes these lines to the monitor's log, as during one run of a box. */
function run(script: string): void {
  const stderr = openSync(path(), "a+", 0o600);
  try {
    const program = `import { log, trace } from ${JSON.stringify(join(folder, "log.mjs"))};\n${script}`;
    const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "ignore", stderr],
    });
    expect(status).toBe(0);
  } finally {
    closeSync(stderr);
  }
}
const lines = () => readFileSync(path(), "utf8").trimEnd().split("\n");

it("the monitor's log keeps its newest lines, however much is traced in one run", { tags: "slow" }, () => {
  run(`for (let i = 0; i < 60000; i++) trace("frame " + i + " " + "x".repeat(80));`);
  expect(statSync(path()).size).toBeLessThan(MOST_BYTES + SLACK);
  expect(lines().length).toBeGreaterThan(8000);
  for (const line of lines()) expect(line).toMatch(/^\S+Z trace frame \d+ x{80}$/);
  expect(lines().at(-1)).toContain("frame 59999 ");
  const numbers = lines().map((line) => Number(/frame (\d+)/.exec(line)?.[1]));
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
});

it(
  "the monitor's log stays bounded over many runs, and overlong lines are truncated",
  { tags: "slow" },
  () => {
    writeFileSync(path(), "old\n".repeat(2_000_000));
    for (let life = 0; life < 3; life++) {
      run(`log("warn", "life ${life} " + "y".repeat(50_000_000)); log("info", "ended");`);
      expect(statSync(path()).size).toBeLessThan(MOST_BYTES + SLACK);
    }
    expect(lines().filter((line) => line.endsWith(" info ended"))).toHaveLength(3);
  },
);

it("a log that is not a readable file is left untouched", () => {
  const device = openSync("/dev/null", "a+");
  truncateMonitorLog(device);
  closeSync(device);
  writeFileSync(path(), "z".repeat(MOST_BYTES + 1));
  const unreadable = openSync(path(), "a");
  truncateMonitorLog(unreadable);
  closeSync(unreadable);
  expect(statSync(path()).size).toBe(MOST_BYTES + 1);
});
