import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { encodePages, noteTouched } from "../../../../src/vm/template/touched.js";
import { makeNative } from "../../../make.js";

const PROBE = join(import.meta.dirname, "../../../../build/vmm/memory-probe");

let template: string;
const supervisors: ChildProcess[] = [];
const list = () => join(template, "touched");

beforeAll(() => makeNative("vmm", "test-programs"));
beforeEach(() => {
  template = mkdtempSync(join(tmpdir(), "box-touched-"));
  writeFileSync(join(template, "memory"), Buffer.alloc(8 * 4096));
});
afterEach(() => {
  for (const { pid = 0 } of supervisors.splice(0)) process.kill(-pid, "SIGKILL");
  rmSync(template, { recursive: true });
});

/** Starts the parent of a process that has mapped a file and written to all of its pages but the fifth. */
async function supervisorOf(memory: string): Promise<number> {
  const words = ["-c", 'sleep 1000 & "$0" stay 10<"$1" & wait', PROBE, memory];
  const child = spawn("bash", words, { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  supervisors.push(child);
  await once(child.stdout, "data");
  return child.pid ?? 0;
}

it("a list has a line for each run of pages", () => {
  expect(encodePages([1, 2, 3, 7, 9, 10])).toBe("1 3\n7 1\n9 2\n");
});

describe("the pages that a VM has written to", () => {
  it("are listed beside its template", async () => {
    noteTouched(template, await supervisorOf(join(template, "memory")));
    expect(readFileSync(list(), "utf8")).toBe("0 4\n5 3\n");
  });

  it("are not listed again", async () => {
    writeFileSync(list(), "1 1\n");
    noteTouched(template, await supervisorOf(join(template, "memory")));
    expect(readFileSync(list(), "utf8")).toBe("1 1\n");
  });

  it("are not listed beside another template", async () => {
    const other = join(template, "other");
    writeFileSync(other, Buffer.alloc(8 * 4096));
    noteTouched(template, await supervisorOf(other));
    expect(existsSync(list())).toBe(false);
  });
});
