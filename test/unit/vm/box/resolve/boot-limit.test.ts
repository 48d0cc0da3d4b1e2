import { expect, it } from "vitest";
import { LONGEST_TIMER_MS } from "../../../../../src/host/timer.js";
import { bootLimitMs } from "../../../../../src/vm/box/resolve/boot-limit.js";

it.each([
  [undefined, undefined],
  ["", undefined],
  ["0.01", 10],
  ["600", 600_000],
  ["2147483.647", LONGEST_TIMER_MS],
  ["3000000", LONGEST_TIMER_MS],
  ["9".repeat(400), LONGEST_TIMER_MS],
])("a boot limit of %s is %s ms, at most what a timer supports", (text, expected) => {
  expect(bootLimitMs(text)).toBe(expected);
});

it.each(["0", "-1", "abc", "Infinity", "NaN", "1s", " ", "0x10", "1e3", "0.0"])(
  "a limit of %j is refused",
  (text) => {
    expect(() => bootLimitMs(text)).toThrow(/^BOX_BOOT_LIMIT: .* is not a number of seconds$/);
  },
);
