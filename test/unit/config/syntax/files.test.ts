import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { formatEnvFile, parseEnvFile } from "../../../../src/config/syntax/env-file.js";
import { formatLabel, parseLabel, parseLabelFile } from "../../../../src/config/syntax/label.js";
import { expectRefusal, expectStable, strings } from "./property.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string, caller = {}) => parseEnvFile(bytes(text), caller);

describe("parseEnvFile", () => {
  it.each<[string, string, [string, string][]]>([
    ["comments and empty lines", "# x\n\n  # y\n\t\nA=1 # no comment\n", [["A", "1 # no comment"]]],
    [
      "quotes as part of the value",
      `A="x"\nB='y'`,
      [
        ["A", '"x"'],
        ["B", "'y'"],
      ],
    ],
    [
      "everything after the first equals sign",
      "A=b=c\nB=\n",
      [
        ["A", "b=c"],
        ["B", ""],
      ],
    ],
    ["spaces around values, not before names", "  A= x \n", [["A", " x "]]],
    [
      "CRLF",
      "A=1\r\nB=2\r\n",
      [
        ["A", "1"],
        ["B", "2"],
      ],
    ],
    ["a byte order mark", "\ufeffA=1\n", [["A", "1"]]],
    ["names with dots and dashes", "a.b-c=1", [["a.b-c", "1"]]],
    ["other white space in names", "A\u00a0\u000b=1", [["A\u00a0\u000b", "1"]]],
    ["no interpolation", "A=$B ${C}", [["A", "$B ${C}"]]],
    [
      "a name twice, in order",
      "A=1\nA=2",
      [
        ["A", "1"],
        ["A", "2"],
      ],
    ],
    ["nothing", "", []],
  ])("reads %s as Docker does", (_, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it("uses the caller's value for a name without one, and skips names that the caller does not have", () => {
    expect(parse("A\nB\nC", { A: "1", C: "" })).toEqual([
      ["A", "1"],
      ["C", ""],
    ]);
  });

  it.each([
    ["A=1\nB C=2", "line 2", "B C"],
    ["=1", "line 1", "no name"],
    ["A=1\n B\t=2", "line 2", "white space"],
    [`A=1\nB=${"x".repeat(65_534)}`, "line 2", "more than 65535 bytes"],
    ["A=1\nB=\0", "line 2", "NUL"],
  ])("refuses %j and names the line", (text, ...named) => {
    for (const name of named) expect(() => parse(text)).toThrow(name);
    expect(() => parse(text)).toThrow(BoxError);
  });

  it("names the line that is not UTF-8", () => {
    const bad = Uint8Array.from([...bytes("A=1\nB="), 0xff, 0xfe, ...bytes("\nC=3")]);
    expect(() => parseEnvFile(bad, {})).toThrow(/^line 2 is not UTF-8/);
  });

  it("reads lines of up to 65,535 bytes, and 100,000 of them", () => {
    const long = "x".repeat(65_533);
    expect(parse(`A=${long}`)).toEqual([["A", long]]);
    const lines = Array.from({ length: 100_000 }, (_, i) => `NAME_${i}=${"v".repeat(20)}`);
    expect(parse(lines.join("\n"))).toHaveLength(100_000);
  });

  it("round-trips through the canonical notation, and throws nothing but a BoxError for any bytes", () => {
    expectStable(strings("A", "=", "\n", "\r", "#", '"', "\ufeff"), parse, formatEnvFile);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (content) => {
        try {
          parseEnvFile(content, {});
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      }),
    );
  });
});

describe("parseLabel", () => {
  it.each([
    ["a=b", ["a", "b"]],
    ["a", ["a", ""]],
    ["com.example.x=1=2", ["com.example.x", "1=2"]],
    [" a=b c ", ["a", "b c "]],
  ])("reads %j", (text, expected) => {
    expect(parseLabel(text)).toEqual(expected);
  });

  it.each(["", "=", "=x", "a b=c", " ", "a=\0"])("refuses %j", (text) => {
    expectRefusal(parseLabel, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(strings("a", "=", "b"), parseLabel, formatLabel);
  });

  it("reads label files like env files, but skips names without a value", () => {
    expect(parseLabelFile(bytes("a=1\r\n# x\nb\nc="))).toEqual([
      ["a", "1"],
      ["c", ""],
    ]);
    expect(() => parseLabelFile(bytes("a b=1"))).toThrow(/^line 1 has white space/);
  });
});
