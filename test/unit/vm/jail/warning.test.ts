import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withFlags } from "../../../../src/cli/flags/option-names.js";
import { warnOfJail } from "../../../../src/vm/jail/warning.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-jail-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The warnings that the user sees when the helper writes these lines. */
function warningsFor(...lines: string[]): string[] {
  const seen: string[] = [];
  const warnOf = warnOfJail({ folder, env: {} }, (line) => seen.push(line));
  lines.forEach(warnOf);
  return seen;
}

const NAMESPACES = "missing-layers\tuser-namespace\town-root";

it("missing layers of the jail are reported once, in one short line that names the command for details", () => {
  const [line = "", ...others] = warningsFor(NAMESPACES, NAMESPACES);
  expect(others).toEqual([]);
  expect(withFlags(line)).toMatch(/`box doctor`/);
  expect(`warning: ${withFlags(line)}`.length).toBeLessThan(100);
  expect(warningsFor(NAMESPACES)).toEqual([]);
});

it("a different set of missing layers is reported again", () => {
  expect(warningsFor(NAMESPACES)).toHaveLength(1);
  expect(warningsFor("missing-layers\tqemu-sandbox")).toHaveLength(1);
});

it("other warnings from the helper are passed on unchanged", () => {
  expect(warningsFor("cpuShares: not in force: x", "cpuShares: not in force: x")).toHaveLength(2);
});
