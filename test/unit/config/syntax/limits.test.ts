import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCpuset, parseCpuset } from "../../../../src/config/syntax/cpuset.js";
import { formatDuration, parseDuration } from "../../../../src/config/syntax/duration.js";
import { formatUlimit, parseUlimit, ULIMIT_NAMES } from "../../../../src/config/syntax/ulimit.js";
import { expectRefusal, expectStable, strings } from "./property.js";

describe("parseUlimit", () => {
  it.each([
    ["nofile=1024:1024", { name: "nofile", soft: 1024n, hard: 1024n }],
    ["nofile=1024", { name: "nofile", soft: 1024n, hard: 1024n }],
    ["nofile=512:1024", { name: "nofile", soft: 512n, hard: 1024n }],
    ["nproc=3", { name: "nproc", soft: 3n, hard: 3n }],
    ["core=-1:-1", { name: "core", soft: -1n, hard: -1n }],
    ["core=0:-1", { name: "core", soft: 0n, hard: -1n }],
    ["nofile=-2", { name: "nofile", soft: -2n, hard: -2n }],
    ["nofile=-2:-1", { name: "nofile", soft: -2n, hard: -1n }],
    ["nofile=+5", { name: "nofile", soft: 5n, hard: 5n }],
    ["stack=9223372036854775807", { name: "stack", soft: 2n ** 63n - 1n, hard: 2n ** 63n - 1n }],
    ["core=-1", { name: "core", soft: -1n, hard: -1n }],
  ])("reads %s", (text, expected) => {
    expect(parseUlimit(text)).toEqual(expected);
  });

  it.each([
    "",
    "nofile",
    "nofile=",
    "=1",
    "files=1",
    "NOFILE=1",
    "nofile=2:1",
    "nofile=-1:1",
    "nofile=1:2:3",
    "nofile=5:-5",
    "nofile=-1:-5",
    "nofile=0x10",
    "nofile=9223372036854775808",
    "nofile=1e3",
    "nofile=99999999999999999999",
    "nofile=１",
    "nofile=1:",
    "constructor=1",
    "nofile=1\0",
  ])("refuses %j and quotes it", (text) => {
    expectRefusal(parseUlimit, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(strings(...ULIMIT_NAMES, "=", ":", "1", "20"), parseUlimit, formatUlimit);
  });
});

describe("parseCpuset", () => {
  it.each([
    ["0", [0]],
    ["0-3", [0, 1, 2, 3]],
    ["0,1", [0, 1]],
    ["3,1-2,1", [1, 2, 3]],
    ["8191", [8191]],
  ])("reads %s", (text, expected) => {
    expect(parseCpuset(text)).toEqual(expected);
  });

  it.each(["", ",", "0,", "3-1", "-1", "a", "0-", "8192", "0-99999", "1 2", "0x1", "１", "0".repeat(70_000)])(
    "refuses %j and quotes it",
    (text) => {
      expectRefusal(parseCpuset, text);
    },
  );

  it("round-trips through the canonical notation", () => {
    expectStable(strings("0", "1", "7", "-", ","), parseCpuset, formatCpuset);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(8191), { minLength: 1 }), (list) => {
        const cpus = list.sort((a, b) => a - b);
        expect(parseCpuset(formatCpuset(cpus))).toEqual(cpus);
      }),
    );
  });
});

describe("parseDuration", () => {
  const parse = (text: string) => parseDuration(text);

  it.each([
    ["0", 0],
    ["0s", 0],
    ["30s", 30],
    ["1m30s", 90],
    ["1h", 3600],
    ["1.5h", 5400],
    [".5s", 0.5],
    ["5.s", 5],
    ["500ms", 0.5],
    ["1us", 0.000001],
    ["1µs", 0.000001],
    ["100ns", 0.0000001],
    ["1h2m3.5s", 3723.5],
  ])("reads %s", (text, seconds) => {
    expect(parse(text)).toBe(seconds);
  });

  it.each(["", "30", "1", "s", "1d", "-1s", "+1s", "1m 30s", "1M", "1s\0", "1e3s", "９s", "9999999h", "1s,"])(
    "refuses %j and quotes it",
    (text) => {
      expectRefusal(parse, text);
    },
  );

  it("accepts plain seconds only if the caller allows them", () => {
    expect(parseDuration("90", true)).toBe(90);
    expect(() => parse("90")).toThrow("has no unit");
  });

  it("round-trips through the canonical notation", () => {
    expectStable(strings("1", "5", ".", "h", "m", "s", "ms", "us", "ns"), parse, formatDuration);
  });
});
