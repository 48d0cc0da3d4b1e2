import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { box, DRIVER, home, ONLY_FULL_ON_KRUN, removeAfterTest, run } from "./box.js";
import { BUSYBOX, PYTHON } from "./images.js";

const IMAGE = "plan-test:latest";

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-plan-"));
  const log = join(folder, "starts");
  // Counts how often the command starts Node; the monitor's is started by its path.
  writeFileSync(log, "");
  writeFileSync(join(folder, "node"), `#!/bin/sh\necho start >>'${log}'\nexec '${process.execPath}' "$@"\n`, {
    mode: 0o755,
  });
  env = {
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
    BOX_SETTINGS: join(folder, "settings.yaml"),
  };
  expect((await box(["tag", BUSYBOX, IMAGE])).code).toBe(0);
  // A command that began within 100 ms of a change makes no plan (src/engine/plan/make.ts).
  await setTimeout(200);
});
afterAll(async () => {
  await box(["rmi", IMAGE]);
  rmSync(folder, { recursive: true });
});

const starts = () => readFileSync(join(folder, "starts"), "utf8").split("\n").length - 1;

/** Runs a box that is kept until the test ends. @returns its output, its record, and how often Node was started */
async function runNamed(name: string, value: string, words: string[], input = "") {
  removeAfterTest(name);
  const before = starts();
  const flags = ["-i", "--name", name, "-e", `VALUE=${value}`, "--network", "none"];
  const result = await run([...flags, IMAGE, ...words], { env, input });
  const record = (await box(["inspect", "-f", "{{.Id}}", name])).stdout.trim();
  const text = readFileSync(join(home(), "boxes", record, "box.json"), "utf8");
  return { ...result, id: record, text, started: starts() - before };
}

const imageOf = (text: string) => (JSON.parse(text) as { image: { id: string } }).image.id;

/** A record without what differs for each box. */
function alike(text: string, id: string, ...others: string[]): string {
  const known = [id, id.slice(0, 12), ...others].reduce((left, one) => left.replaceAll(one, "…"), text);
  return known.replace(/"createdAt":"[^"]*"/, "").replace(/"runBy":"[^"]*"/, "");
}

it("a command line that was run before is run in the same way without Node, as long as nothing has changed", async () => {
  const words = ["sh", "-c", 'cat; echo "$VALUE $(hostname)"; exit 3'];
  const first = await runNamed("plan-first", "value-1", words, "first\n");
  const second = await runNamed("plan-second", "value-2", words, "second\n");
  expect([first.started, second.started]).toEqual([1, 0]);
  expect(first).toMatchObject({ code: 3, stdout: `first\nvalue-1 ${first.id.slice(0, 12)}\n`, stderr: "" });
  expect(second).toMatchObject({
    code: 3,
    stdout: `second\nvalue-2 ${second.id.slice(0, 12)}\n`,
    stderr: "",
  });
  expect(alike(second.text, second.id, "plan-second", "value-2")).toBe(
    alike(first.text, first.id, "plan-first", "value-1"),
  );

  // The same on both drivers.
  if (!ONLY_FULL_ON_KRUN) {
    expect((await box(["tag", PYTHON, IMAGE])).code).toBe(0);
    const other = await runNamed("plan-other", "three", ["sh", "-c", "exit 4"]);
    expect(other).toMatchObject({ code: 4, started: 1 });
    expect(imageOf(other.text)).not.toBe(imageOf(second.text));
    writeFileSync(join(folder, "settings.yaml"), "nonsense: 1\n");
    const refused = await run(["-i", "-e", "VALUE=four", "--network", "none", IMAGE, "sh"], { env });
    expect(refused).toMatchObject({ code: 125 });
    expect(refused.stderr).toContain("unknown key");
  }
});

it.skipIf(ONLY_FULL_ON_KRUN)(
  "a command line that was run in a VM of a pool before is run in the next one without Node",
  async () => {
    const pool = `plan-${DRIVER}`;
    const own = { ...env, BOX_SETTINGS: join(folder, "none") };
    const shape = ["--vmm", DRIVER, "--cpus", "1", "--network", "none", "--rm"];
    const status = async () =>
      JSON.parse((await box(["pool", "status", pool, "--format", "json"])).stdout) as Record<string, number>;
    try {
      await box(["pool", "start", pool, "--image", BUSYBOX, ...shape, "--min-idle", "2"]);
      const started: number[] = [];
      for (const hits of [1, 2]) {
        const before = starts();
        const words = [...shape, `--pool=${pool}`, BUSYBOX, "sh", "-c", "exit 5"];
        expect(await run(words, { env: own })).toMatchObject({ code: 5, stderr: "" });
        started.push(starts() - before);
        expect(await status()).toMatchObject({ hits, misses: 0 });
      }
      expect(started).toEqual([1, 0]);
    } finally {
      await box(["pool", "stop", pool]);
    }
  },
);
