import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Opening } from "../../../../src/vm/monitor/guest.js";
import { nextHealth, UNKNOWN, watchHealth, type Health } from "../../../../src/vm/monitor/health.js";
import type { SessionEvents } from "../../../../src/vm/monitor/session.js";

const result = (exitCode: number) => ({ start: "", end: "", exitCode, output: "" });
const after = (codes: number[], early = false) =>
  codes.reduce((health, code) => nextHealth(health, result(code), early, 3), UNKNOWN);

describe("a workload's health", () => {
  it.each([
    ["starting", [1, 1]],
    ["unhealthy", [1, 1, 1]],
    ["healthy", [1, 1, 0]],
    ["healthy", [0, 1, 1]],
    ["unhealthy", [0, 1, 1, 1]],
    ["healthy", [1, 1, 1, 1, 0]],
  ])("is %s after checks that exit with %j", (status, codes) => {
    expect(after(codes).status).toBe(status);
  });

  it("ignores failures in the start period until the first success", () => {
    expect(after([1, 1, 1, 1], true)).toMatchObject({ status: "starting", failingStreak: 0 });
    expect(after([0, 1, 1, 1], true)).toMatchObject({ status: "unhealthy", failingStreak: 3 });
  });

  it("includes the last five results", () => {
    expect(after([1, 2, 3, 4, 5, 6, 7]).log.map(({ exitCode }) => exitCode)).toEqual([3, 4, 5, 6, 7]);
  });
});

describe("watchHealth", () => {
  const how = {
    argv: ["check"],
    intervalMs: 1000,
    timeoutMs: 300,
    startPeriodMs: 0,
    startIntervalMs: 100,
    retries: 1,
  };
  const signal = vi.fn();
  const session = { signal, stdin: () => undefined, resize: () => undefined };
  let started: SessionEvents[];
  let seen: Health[];
  const open = (_: Opening, events: SessionEvents) => {
    started.push(events);
    return session;
  };

  let paused: boolean;
  const watch = (check = how) =>
    watchHealth(
      check,
      open,
      () => paused,
      (health) => seen.push(health),
    );

  beforeEach(() => {
    vi.useFakeTimers();
    [started, seen] = [[], []];
    paused = false;
    signal.mockReset();
  });
  afterEach(() => vi.useRealTimers());

  it("treats times beyond the maximum of a timer as infinite", async () => {
    const never = 2 ** 31;
    watch({ ...how, intervalMs: never });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(started).toEqual([]);
    watch({ ...how, timeoutMs: never });
    await vi.advanceTimersByTimeAsync(10_000);
    expect([started.length, seen]).toEqual([1, []]);
  });

  it("runs a check after each interval, and keeps only the first 4096 bytes of its output", async () => {
    watch();
    await vi.advanceTimersByTimeAsync(1000);
    const acknowledge = vi.fn();
    started[0]?.onOutput("stdout", Buffer.alloc(4000, "a"), acknowledge);
    started[0]?.onOutput("stderr", Buffer.alloc(4000, "b"), acknowledge);
    started[0]?.onExit({ code: 0, oomKilled: false });
    await vi.advanceTimersByTimeAsync(999);
    expect(started).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toHaveLength(2);
    expect(acknowledge).toHaveBeenCalledTimes(2);
    expect(seen[0]).toMatchObject({
      status: "healthy",
      log: [{ output: "a".repeat(4000) + "b".repeat(96) }],
    });
  });

  it("kills a check that exceeds its timeout, which counts as a failure", async () => {
    watch();
    await vi.advanceTimersByTimeAsync(1300);
    expect(signal).toHaveBeenCalledWith(9);
    expect(seen[0]).toMatchObject({ status: "unhealthy", log: [{ exitCode: -1 }] });
  });

  it("uses the start interval in the start period, and ignores results once stopped", async () => {
    const end = watch({ ...how, startPeriodMs: 5000 });
    await vi.advanceTimersByTimeAsync(100);
    expect(started).toHaveLength(1);
    end();
    started[0]?.onExit({ code: 1, oomKilled: false });
    await vi.advanceTimersByTimeAsync(10_000);
    expect([started.length, seen.length]).toEqual([1, 0]);
  });

  it("does not check a paused box, and ignores a check interrupted by a pause", async () => {
    watch();
    await vi.advanceTimersByTimeAsync(1000);
    paused = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([started.length, seen.length]).toEqual([1, 0]);
    paused = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(started).toHaveLength(2);
  });
});
