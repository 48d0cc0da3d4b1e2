import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRegexp } from "../../../../src/docker/go/regexp.js";

const matches = (pattern: string, text: string) => compileRegexp(pattern)?.(text);

function javascripts(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "s");
  } catch {
    return undefined;
  }
}

describe("a regular expression of Go", () => {
  it.each([
    ["web", "my-web-1", true],
    ["^web$", "my-web", false],
    ["^/?web$", "/web", true],
    ["", "web", true],
    ["a|b", "xb", true],
    ["^(?:a|bc)+$", "abcbca", true],
    ["^a{2,3}$", "aaaa", false],
    ["^a{2,}?$", "aaaa", true],
    ["^a{0}$", "", true],
    ["a{,2}", "a{,2}", true],
    ["(?i)WEB", "web", true],
    ["(?i:W)eb", "wEb", false],
    ["x(?i)Y|Z", "z", true],
    ["(?P<name>a)(?<other>b)", "ab", true],
    ["[[:alpha:]]", "web", true],
    ["^[[:^alpha:]-]+$", "1-2", true],
    ["^[^a-c]$", "b", false],
    ["(?i)^[^a]$", "A", false],
    ["^[]a]+$", "]a", true],
    ["[\\d_]", "x_", true],
    ["\\pL\\p{Greek}\\PL", "aβ1", true],
    ["\\Qa.b\\E$", "a.b", true],
    ["\\Qa.b", "axb", false],
    ["\\bweb\\b", "a-web-b", true],
    ["\\Bweb", "web", false],
    ["\\x61\\x{62}\\143", "abc", true],
    ["a.b", "a\nb", false],
    ["(?s)a.b", "a\nb", true],
    ["(?m)^b$", "a\nb\nc", true],
    ["(a*)*b", "aab", true],
    ["(|a)+$", "aa", true],
  ])("%j, matched against %j: %s", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ...[
      "[",
      "[b-a]",
      "(",
      ")",
      "a**",
      "*a",
      "+",
      "{2}",
      "a{2}{3}",
      "a{1001}",
      "a{3,2}",
      "(a{100}){100}{100}",
    ],
    ...[
      "(?=a)",
      "(?!a)",
      "(?<=a)",
      "\\1",
      "\\8",
      "\\c",
      "\\",
      "\\pX",
      "\\p{Emoji}",
      "[[:no:]]",
      "(?z)",
      "(?P<a",
    ],
    ...["((a{100}){100}){100}", `${"(".repeat(20_000)}a${")".repeat(20_000)}`, "(?P<a>a)(?P<a>b)"],
  ])("is refused if Go refuses it: %.40s", (pattern) => {
    expect(compileRegexp(pattern)).toBeUndefined();
  });

  it.each([
    "(a+)+$",
    "(a|a|aa)*c",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    `${".*".repeat(40)}=`,
    "(?:a?){100}a{100}$",
  ])("takes no longer if it can match in many ways: %s", (pattern) => {
    expect(matches(pattern, `${"a".repeat(300)}b`)).toBe(false);
  });

  it("takes no time to repeat nothing", () => {
    expect(matches("(((((){1000}){1000}){1000}){1000}){1000}b", "ab")).toBe(true);
  });

  it("matches what JavaScript's own do, where both have the same syntax", () => {
    const piece = fc.constantFrom(...Array.from("ab.|()*+?^$[]-"), "{1,2}", "(?:", "\\b", "\\w");
    const expressions = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    const texts = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 8 });
    fc.assert(
      fc.property(expressions, texts, (pattern, text) => {
        const matched = matches(pattern, text);
        const other = javascripts(pattern);
        // `[]` and `[^]` differ, and either refuses some expressions.
        if (matched === undefined || !other || /\[\^?\]/.test(pattern)) return;
        expect(matched).toBe(other.test(text));
      }),
      { numRuns: 3000 },
    );
  });
});
