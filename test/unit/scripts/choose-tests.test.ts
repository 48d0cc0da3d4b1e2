import { describe, expect, it } from "vitest";
import { LEFT_OUT } from "../../../scripts/tests/fast.js";
import { nearestTests, reachOf, textOf, UNIT_TESTS } from "../../../scripts/tests/imports.js";

/** Signs that a test, or a file that it imports, starts one of these. */
const STARTS: [tag: string, sign: RegExp][] = [
  ["registry", /\bstartRegistry\(/],
  ["vm", /"qemu-system-x86_64",\n? *(\[|vmmArguments)|scripts\/lab"|"scripts", "lab"/],
];

describe("the quick part of the unit tests", () => {
  it.each(STARTS)("has no test that starts a %s without a tag that says so", (tag, sign) => {
    const tagged = new RegExp(`@module-tag ${tag}\\b|tags: "${tag}"`);
    const inTests = (file: string) => file.startsWith("test/");
    const untagged = UNIT_TESTS.filter(
      (test) =>
        !import.meta.filename.endsWith(test) &&
        !tagged.test(textOf(test)) &&
        [...reachOf(test, inTests)].some((file) => inTests(file) && sign.test(textOf(file))),
    );
    expect(untagged).toEqual([]);
  });

  it("excludes all tagged tests", async () => {
    const { default: config } = await import("../../../vitest.config.js");
    expect(config.test?.tags?.map(({ name }) => name)).toEqual(LEFT_OUT);
  });
});

describe("the tests closest to a file", () => {
  it("are those that import it", () => {
    expect(nearestTests("src/oci/index/vmdk.ts")).toContain("test/unit/oci/index/vmdk.test.ts");
    expect(nearestTests("src/oci/index/vmdk.ts")).not.toContain("test/unit/cli/hostile.test.ts");
  });

  it("are those that import one of its importers if none imports the file itself", () => {
    expect(nearestTests("src/oci/index/zeros.ts")).not.toEqual([]);
  });

  it("are the file itself if it is a test", () => {
    expect(nearestTests("test/unit/errors.test.ts")).toEqual(["test/unit/errors.test.ts"]);
  });
});
