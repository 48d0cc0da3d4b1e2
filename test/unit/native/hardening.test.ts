import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** Everything in machine code that is installed, and the tool that writes the guest's kernel. */
function programs(): string[] {
  const native = readdirSync(join(ROOT, "dist/native")).map((name) => join("dist/native", name));
  return ["dist/box", "build/kernel-elf", ...native].filter((path) =>
    readFileSync(join(ROOT, path)).subarray(0, 4).equals(Buffer.from("\x7fELF")),
  );
}

const readelf = (path: string) =>
  execFileSync("readelf", ["--file-header", "--program-headers", "--dynamic", "--wide", path], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });

/** How often bytes that match the pattern are in the file. */
const count = (path: string, pattern: RegExp) =>
  [...readFileSync(join(ROOT, path), "latin1").matchAll(pattern)].length;

// An instruction that takes or compares the stack protector's word, which is at %fs:0x28.
const CANARY = /\x64\x48[\x8b\x2b\x33].\x25\x28\x00\x00\x00/gs;
// endbr64: where an indirect branch may land.
const ENDBR64 = /\xf3\x0f\x1e\xfa/g;

describe("hardening of native programs", () => {
  test("finds all parts", () => {
    expect(programs().map((path) => path.replace(/.*\//, ""))).toEqual(
      expect.arrayContaining([
        "box",
        "kernel-elf",
        "agent",
        "box-layer",
        "box-seccomp",
        "box-vmm",
        "libboxnet.so",
      ]),
    );
  });

  describe.each(programs())("%s", (path) => {
    const headers = readelf(path);

    test("is loaded at a random address", () => {
      expect(headers).toMatch(/Type:\s+DYN/);
      expect(headers).not.toMatch(/TEXTREL/);
      if (!path.endsWith(".so")) expect(headers).toMatch(/FLAGS_1.*\bPIE\b/);
    });

    test("has its relocations done and made read-only before it runs", () => {
      expect(headers).toMatch(/GNU_RELRO/);
      expect(headers).toMatch(/FLAGS_1.*\bNOW\b/);
    });

    test("has no memory that can be both written and executed", () => {
      expect(headers).toMatch(/GNU_STACK.* RW /);
      expect(headers).not.toMatch(/LOAD.* RWE /);
    });

    test("marks where an indirect branch may land", () => {
      // The C library's start files have two.
      expect(count(path, ENDBR64)).toBeGreaterThan(2);
    });

    // The library for volumes has no array on its stack.
    if (path.endsWith("/libboxshare.so")) return;
    test("guards its stack", () => {
      expect(count(path, CANARY)).toBeGreaterThan(0);
    });
  });

  test("the ones with the system's C library check lengths when they run", () => {
    const fortified = programs().filter((path) => count(path, /__\w+_chk\b/g) > 0);
    expect(fortified).toEqual(expect.arrayContaining(["dist/native/box-vmm", "dist/native/libboxnet.so"]));
  });
});
