import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { mergeEnv, parseEnv, readEnv, splitEnv, writeEnv } from "../../../../src/config/syntax/env.js";
import { parseSize } from "../../../../src/config/syntax/size.js";
import { formatTmpfs, parseTmpfs, tmpfsOptions } from "../../../../src/config/syntax/tmpfs.js";
import { expectStable, strings } from "./property.js";

describe("parseSize", () => {
  it.each([
    ["512m", 512 * 2 ** 20],
    ["1.5g", 1.5 * 2 ** 30],
    ["64MiB", 64 * 2 ** 20],
    ["1kb", 1024],
    ["100", 100],
    ["7b", 7],
    [".5k", 512],
    ["32.", 32],
    ["32 kb", 32768],
    ["1e9", 1e9],
    ["1.5e3m", 1500 * 2 ** 20],
    ["+1_000k", 1000 * 1024],
    ["0x1p20", 2 ** 20],
    ["7p", 7 * 2 ** 50],
    ["9007199254740993", 2 ** 53],
  ])("reads %s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    "",
    "m",
    "-1m",
    "1x",
    ".m",
    "0x10",
    "1e",
    "1e9999",
    "1__0",
    "1  g",
    " 1g",
    "1gi",
    "1bb",
    "inf",
    "9999999999t",
    "１m",
  ])("refuses %j and quotes it", (text) => {
    expect(() => parseSize(text)).toThrow(`"${text}" is not a valid size`);
  });

  it("throws nothing but a BoxError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseSize(text)).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      }),
    );
  });
});

describe("parseEnv", () => {
  it("keeps everything after the first equals sign", () => {
    expect(parseEnv("A=b=c\nd", {})).toEqual(["A", "b=c\nd"]);
  });

  it("uses the caller's value for a name without one, and removes names that the caller does not have", () => {
    expect(parseEnv("A", { A: "1" })).toEqual(["A", "1"]);
    expect(parseEnv("B", { A: "1" })).toEqual(["B", null]);
    expect(parseEnv("toString", process.env)).toEqual(["toString", null]);
  });

  it("merges removed variables, also into others later", () => {
    expect(mergeEnv([["A", "1"]], [["A", null]])).toEqual([]);
    expect(mergeEnv([["A", null]], [["A", "1"]])).toEqual(["A=1"]);
    const later = writeEnv([
      ["A", "1"],
      ["A", null],
      ["B", "="],
    ]);
    expect(later).toEqual(["A", "B=="]);
    expect(mergeEnv(readEnv(["A=1", "C="]), readEnv(later))).toEqual(["C=", "B=="]);
  });

  it.each(["", "=x", "A=\0"])("refuses %j", (text) => {
    expect(() => parseEnv(text, {})).toThrow(BoxError);
  });

  it("merges layers so that later ones win", () => {
    expect(mergeEnv(splitEnv(["PATH=/bin", "A=1"]), [["A", "2"]], [["B", ""]])).toEqual([
      "PATH=/bin",
      "A=2",
      "B=",
    ]);
  });
});

describe("parseTmpfs", () => {
  it("converts sizes to bytes and defaults to noexec, nosuid and nodev", () => {
    const run = parseTmpfs("/run:size=64m,mode=1777,exec");
    expect(run).toMatchObject({ target: "/run" });
    expect(tmpfsOptions(run)).toBe("noexec,nosuid,nodev,size=67108864,mode=1777,exec");
    expect(tmpfsOptions(parseTmpfs("/run/"))).toBe("noexec,nosuid,nodev");
  });

  it("round-trips through the canonical notation", () => {
    expectStable(strings("/a", ":", "size=1m", "mode=700", ",", "ro", "%"), parseTmpfs, formatTmpfs);
  });

  it.each(["", "run", "/", "/..", "/a:size=x", "/a:mode=9", "/a:loop", "/a:upperdir=/x", "/a\0"])(
    "refuses %j",
    (text) => {
      expect(() => parseTmpfs(text)).toThrow(BoxError);
    },
  );
});
