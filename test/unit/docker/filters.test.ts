import { describe, expect, it } from "vitest";
import { parseFilters, patternsOf } from "../../../src/docker/filters.js";

const matches = async (pattern: string, ...texts: string[]) =>
  (await patternsOf(parseFilters([`name=${pattern}`], ["name"]), "name"))(...texts);

describe("a filter that takes regular expressions", () => {
  it.each([
    ["web", "my-web-1", true],
    ["^web$", "my-web", false],
    ["(?i)WEB", "web", true],
    ["(?P<name>a)(?:b|c)", "ac", true],
    ["[[:alpha:]]-\\d", "a-1", true],
    ["a.b", "a\nb", false],
  ])("has Go's syntax: %j matches %j: %s", async (pattern, text, expected) => {
    expect(await matches(pattern, text)).toBe(expected);
  });

  it.each([
    "[",
    "(?=a)",
    "a**",
    "(a)\\1",
    "((a{100}){100}){100}",
    `${"(".repeat(20_000)}a${")".repeat(20_000)}`,
  ])("matches only the text itself if Go refuses the expression: %.40s", async (pattern) => {
    expect(await matches(pattern, "a")).toBe(false);
    expect(await matches(pattern, "b", pattern)).toBe(true);
  });

  it.each(["(a+)+$", "(a|a|aa)*c", `${".*".repeat(40)}=`, "(?:a?){100}a{100}$"])(
    "takes no longer if it can match in many ways: %s",
    async (pattern) => {
      expect(await matches(pattern, `${"a".repeat(300)}b`)).toBe(false);
    },
  );

  it("matches if one of its values matches one of the texts, and anything if there is none", async () => {
    const filters = parseFilters(["name=^/a$", "name=b"], ["name"]);
    const found = await patternsOf(filters, "name");
    expect([found("a", "/a"), found("xb"), found("c")]).toEqual([true, true, false]);
    expect((await patternsOf(filters, "id"))("c")).toBe(true);
  });
});
