import { describe, expect, it } from "vitest";
import { documentFields } from "../../../src/config/box-document.js";
import { configSchema, knownKeys } from "../../../src/config/schema.js";

/** The descriptions of a schema's properties by path, including those of nullable objects. */
function descriptions(schema: unknown, prefix = ""): [string, unknown][] {
  const { properties = {}, anyOf = [] } = schema as {
    properties?: Record<string, unknown>;
    anyOf?: unknown[];
  };
  return [
    ...Object.entries(properties).flatMap(([name, below]): [string, unknown][] => [
      [prefix + name, (below as { description?: unknown }).description],
      ...descriptions(below, `${prefix}${name}.`),
    ]),
    ...anyOf.flatMap((one) => descriptions(one, prefix)),
  ];
}

describe("box config schema", () => {
  it("describes every field that has a flag, in its own words or in those of the flag", () => {
    const described = new Map(descriptions(configSchema()));
    const filled = documentFields().filter(({ flags }) => flags.length > 0);
    expect(filled.length).toBeGreaterThan(50);
    for (const { path } of filled)
      expect([path, described.get(path)]).toEqual([path, expect.stringMatching(/^[A-Za-z:\-[].*\.$/s)]);
    expect(described.get("privileged")).toContain("All capabilities");
    expect(described.get("resources.vcpus")).toBe("Number of CPUs.");
  });

  it("lists the keys of every object", () => {
    expect(knownKeys([])).toContain("record");
    expect(knownKeys(["record"])).toEqual(expect.arrayContaining(["name", "vmm", "user", "health"]));
    expect(knownKeys(["record", "health"])).toContain("intervalSecs");
    expect(knownKeys(["sidecar"])).toEqual(["image", "vsockPort", "env"]);
  });
});
