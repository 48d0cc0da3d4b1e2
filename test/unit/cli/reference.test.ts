import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { flagsDocument } from "../../../src/cli/reference.js";

it("docs/flags.md is up to date (`npm run docs` generates it)", async () => {
  const path = join(import.meta.dirname, "../../../docs/flags.md");
  expect(await readFile(path, "utf8")).toBe(await flagsDocument());
});
