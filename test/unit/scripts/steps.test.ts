import { mkdir } from "node:fs/promises";
import { expect, it, vi } from "vitest";
import { check, REPORTS, run } from "../../../scripts/steps.js";

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
