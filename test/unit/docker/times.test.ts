import { afterEach, expect, it } from "vitest";
import { formatListTime, formatRfc3339, goTimeText, nineDigits } from "../../../src/docker/times.js";

const zone = process.env["TZ"];
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

// The answers of Go's time.Unix(…).String() and Format(time.RFC3339) with the same TZ.
it.each([
  ["UTC", "2026-01-31 12:00:00 +0000 UTC", "2026-01-31T12:00:00Z"],
  ["Europe/Berlin", "2026-01-31 13:00:00 +0100 CET", "2026-01-31T13:00:00+01:00"],
  ["America/New_York", "2026-01-31 07:00:00 -0500 EST", "2026-01-31T07:00:00-05:00"],
  ["America/Sao_Paulo", "2026-01-31 09:00:00 -0300 -03", "2026-01-31T09:00:00-03:00"],
  ["Asia/Kathmandu", "2026-01-31 17:45:00 +0545 +0545", "2026-01-31T17:45:00+05:45"],
])("times in %s are Docker's", (name, list, rfc3339) => {
  process.env["TZ"] = name;
  const time = new Date("2026-01-31T12:00:00.700Z");
  expect([formatListTime(time), formatRfc3339(time)]).toEqual([list, rfc3339]);
});

it("times have nine digits where Docker's have them", () => {
  process.env["TZ"] = "UTC";
  expect(formatRfc3339(new Date("2026-01-31T12:00:00.07Z"), 9)).toBe("2026-01-31T12:00:00.070000000Z");
  expect(nineDigits("2026-01-31T12:00:00.07Z")).toBe("2026-01-31T12:00:00.070000000Z");
  expect(nineDigits("2026-01-31T12:00:00+02:00")).toBe("2026-01-31T12:00:00.000000000+02:00");
  expect(nineDigits("2026-01-31T12:00:00.123456789Z")).toBe("2026-01-31T12:00:00.123456789Z");
});

// The answers of Go's String() for these times in UTC.
it.each([
  ["2026-01-31T12:00:00.700Z", "2026-01-31 12:00:00.7 +0000 UTC"],
  ["2026-01-31T12:00:00.000Z", "2026-01-31 12:00:00 +0000 UTC"],
])("%s is shown as Go's text for a time", (time, text) => {
  expect(goTimeText(time)).toBe(text);
});

it("the latest time has a form", () => {
  process.env["TZ"] = "Asia/Kathmandu";
  expect(formatListTime(new Date(8.64e15))).toMatch(/^\+?275760-/);
});
