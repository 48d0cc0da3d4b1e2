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

/** What the user of a box is told, when its helper writes these lines. */
function told(...lines: string[]): string[] {
  const seen: string[] = [];
  const hear = warnOfJail({ folder, env: {} }, (line) => seen.push(line));
  lines.forEach(hear);
  return seen;
}

const START = "the virtual machine runs without a part of its jail: ";
const NAMESPACES = `${START}user-namespace (this host does not allow it), own-root (needs a user namespace)`;

it("missing layers of the jail are told once, in one short line that names the command with the rest", () => {
  const [line = "", ...others] = told(NAMESPACES, NAMESPACES);
  expect(others).toEqual([]);
  expect(withFlags(line)).toMatch(/`box doctor`/);
  expect(`warning: ${withFlags(line)}`.length).toBeLessThan(100);
  expect(told(NAMESPACES)).toEqual([]);
});

it("other missing layers are told again", () => {
  expect(told(NAMESPACES)).toHaveLength(1);
  expect(told(`${START}qemu-sandbox (this QEMU was built without it)`)).toHaveLength(1);
});

it("other warnings of the helper's are passed on as they are", () => {
  expect(told("cpuShares: not in force: x", "cpuShares: not in force: x")).toHaveLength(2);
});
