import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recipe } from "../../recipe.js";

describe("the recipe of a build", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "box-recipe-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function recipeOf(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return recipe([path]);
  }

  it.each([
    ["build.js", "/**\n * Old words.\n */\n\n// Old words.\nmake(1);\n"],
    ["probe.c", "// Old words.\n/* Old words. */\nint x;\n"],
    ["init", "#!/bin/sh\n  # Old words.\nmount x\n"],
  ])("stays the same when only comments of %s change", (name, text) => {
    expect(recipeOf(name, text.replaceAll("Old", "New"))).toBe(recipeOf(name, text));
  });

  it.each([
    ["build.js", "make(1);\n"],
    ["build.js", "/** @type {number} */ (1);\n"],
    ["probe.c", "#define ONE 1\n"],
    ["probe.c", "*pointer = 1;\n"],
    ["init", "#!/bin/sh 1\n"],
  ])("changes when a line of %s changes", (name, text) => {
    expect(recipeOf(name, text.replace("1", "2"))).not.toBe(recipeOf(name, text));
  });
});
