import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { check, failures, REPORTS, run } from "../../../scripts/steps.js";

it("stops steps that exceed their time and counts those that never started as failed", async () => {
  await mkdir(REPORTS, { recursive: true });
  const log = vi.spyOn(console, "log").mockReturnValue();
  const never = ["sleep", "infinity"];
  const steps = [check("steps.test: hangs", never), check("steps.test: next", never)];
  expect(await run(steps, { minutes: 0.001 })).toEqual({ passed: 0, failed: 2, skipped: 0 });
  expect(log).toHaveBeenCalledWith("test: not finished after 0.001 minutes: stopping all steps");
  // Later steps have a time limit of their own.
  expect(await run([check("steps.test: ends", ["true"])], { minutes: 1 })).toEqual({
    passed: 1,
    failed: 0,
    skipped: 0,
  });
});

it("starts a step after those that it needs, even if these wait as well", async () => {
  await mkdir(REPORTS, { recursive: true });
  vi.spyOn(console, "log").mockReturnValue();
  const order = join(REPORTS, "steps.test-order");
  onTestFinished(() => rm(order));
  const write = (word: string) => ["sh", "-c", `echo ${word} >>'${order}'`];
  // Node.js starts last of all.
  const slow = ["node", "-e", `fs.appendFileSync(${JSON.stringify(order)}, "first\\n")`];
  const first = check("steps.test: first", slow);
  const second = { ...check("steps.test: second", write("second")), after: [first] };
  const third = { ...check("steps.test: third", write("third")), after: [second] };
  expect(await run([first, second, third], { minutes: 1, atOnce: 3 })).toMatchObject({ passed: 3 });
  expect(await readFile(order, "utf8")).toBe("first\nsecond\nthird\n");
});

it("names each failed test, and steps that fail without one", async () => {
  await mkdir(REPORTS, { recursive: true });
  vi.spyOn(console, "log").mockReturnValue();
  const assertionResults = [
    { fullName: "a cat purrs", status: "passed", failureMessages: [] },
    { fullName: "a cat barks", status: "failed", failureMessages: ["expected miaow\nat cat.ts:1"] },
  ];
  const report = (numFailedTests: number) => ({
    ...{ numPassedTests: 1, numFailedTests, numPendingTests: 0 },
    testResults: [{ assertionResults: assertionResults.slice(0, 1 + numFailedTests) }],
  });
  const failing = async (name: string, numFailedTests: number) => {
    const path = join(REPORTS, `${name}.json`);
    onTestFinished(() => rm(path));
    await writeFile(path, JSON.stringify(report(numFailedTests)));
    return { ...check(`steps.test: ${name}`, ["false"]), report: path };
  };
  failures.length = 0;
  await run([await failing("cats", 1), await failing("dogs", 0), check("steps.test: no report", ["false"])], {
    minutes: 1,
  });
  expect(failures).toEqual([
    "steps.test: cats: a cat barks: expected miaow",
    "steps.test: dogs: an error outside tests",
    "steps.test: no report: exit code 1",
  ]);
});

it("prints how long each step took, and how much of the processor", async () => {
  await mkdir(REPORTS, { recursive: true });
  const log = vi.spyOn(console, "log").mockReturnValue();
  const busy = ["node", "-e", "while (process.cpuUsage().user < 1_500_000);"];
  await run([check("steps.test: busy", busy)], { minutes: 1 });
  expect(log).toHaveBeenCalledWith(
    expect.stringMatching(/^ok {2}steps\.test: busy \(\d+ s, [2-9] of CPU\)$/),
  );
});
