import { closeSync, fstatSync, openSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { holdSlot } from "../../../../src/vm/monitor/start-slot.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const isOpen = (descriptor: number) => {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
};

it("a slot is released once, when the workload has started", () => {
  const slot = openSync("/dev/null", "r");
  const release = holdSlot(slot);
  expect(isOpen(slot)).toBe(true);
  release();
  expect(isOpen(slot)).toBe(false);
  const next = openSync("/dev/null", "r");
  release();
  vi.advanceTimersByTime(60_000);
  expect([next, isOpen(next)]).toEqual([slot, true]);
  closeSync(next);
});

it("a start that hangs keeps its slot for ten seconds", () => {
  const slot = openSync("/dev/null", "r");
  holdSlot(slot);
  vi.advanceTimersByTime(9_999);
  expect(isOpen(slot)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(isOpen(slot)).toBe(false);
});
