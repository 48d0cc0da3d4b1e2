import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { limitTime } from "../../../../src/vm/monitor/time-limit.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("expires after its time plus all extensions", () => {
  const over: number[] = [];
  const limit = limitTime(10, (seconds) => over.push(seconds));
  expect(limit.extend(1000)).toBe(true);
  limit.begin();
  vi.advanceTimersByTime(9000);
  expect(limit.extend(4000)).toBe(true);
  vi.advanceTimersByTime(5999);
  expect(over).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(over).toEqual([15]);
  expect(limit.extend(1000)).toBe(false);
  vi.advanceTimersByTime(100_000);
  expect(over).toEqual([15]);
});

it("supports more days than a timer does", () => {
  const over: number[] = [];
  const limit = limitTime(2_000_000, (seconds) => over.push(seconds));
  limit.begin();
  limit.extend(2_000_000_000);
  vi.advanceTimersByTime(3_999_999_999);
  expect(over).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(over).toEqual([4_000_000]);
});

it("never expires without a limit", () => {
  const limit = limitTime(0, () => {
    throw new Error("over");
  });
  limit.begin();
  expect(limit.extend(1)).toBe(false);
  vi.advanceTimersByTime(10_000_000);
});
