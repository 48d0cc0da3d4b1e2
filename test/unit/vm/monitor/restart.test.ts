import { describe, expect, it } from "vitest";
import { parseRestart } from "../../../../src/config/syntax/restart.js";
import { planRestart } from "../../../../src/vm/monitor/restart.js";

const end = { exitCode: 1, stopped: false, uptimeMs: 50 };

describe("a restart policy", () => {
  it.each([
    ["no", end, {}],
    ["on-failure", { ...end, exitCode: 0 }, {}],
    ["on-failure:2", end, { restartCount: 2 }],
    ["always", { ...end, stopped: true }, {}],
    ["unless-stopped", { ...end, stopped: true }, {}],
  ])("%s does not restart a box that ended with %j after %j", (policy, how, before) => {
    expect(planRestart(parseRestart(policy), how, before)).toBeUndefined();
  });

  it.each([
    ["on-failure", end, { restartCount: 40 }],
    ["on-failure:3", end, { restartCount: 2 }],
    ["always", { ...end, exitCode: 0 }, {}],
    ["unless-stopped", { ...end, exitCode: 0 }, {}],
  ])("%s restarts a box that ended with %j after %j, and counts", (policy, how, before) => {
    const { restartCount = 0 }: { restartCount?: number } = before;
    expect(planRestart(parseRestart(policy), how, before)?.restartCount).toBe(restartCount + 1);
  });

  it("doubles the delay after each short run, up to a minute, and resets it after a long one", () => {
    const waits = Array.from({ length: 12 }).reduce<number[]>(
      (all) => [
        ...all,
        planRestart(parseRestart("always"), end, { backoffMs: all.at(-1) ?? 0 })?.backoffMs ?? 0,
      ],
      [],
    );
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
    expect(
      planRestart(parseRestart("always"), { ...end, uptimeMs: 10_000 }, { backoffMs: 60_000 })?.backoffMs,
    ).toBe(100);
  });
});
