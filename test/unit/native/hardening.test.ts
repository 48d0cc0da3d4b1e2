import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** All native binaries that are installed, and the tool that writes the guest's kernel. */
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

/** Number of matches of a pattern in the bytes of a file. */
const count = (path: string, pattern: RegExp) =>
  [...readFileSync(join(ROOT, path), "latin1").matchAll(pattern)].length;

// An instruction that loads or compares the stack protector's canary, which is at %fs:0x28.
const CANARY = /\x64\x48[\x8b\x2b\x33].\x25\x28\x00\x00\x00/gs;
// endbr64 marks the valid targets of indirect branches.
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
        "box-network",
      ]),
    );
  });

  describe.each(programs())("%s", (path) => {
    const headers = readelf(path);

    test("is position-independent", () => {
      expect(headers).toMatch(/Type:\s+DYN/);
      expect(headers).not.toMatch(/TEXTREL/);
      if (!path.endsWith(".so")) expect(headers).toMatch(/FLAGS_1.*\bPIE\b/);
    });

    test("has its relocations resolved and made read-only before it runs", () => {
      expect(headers).toMatch(/GNU_RELRO/);
      expect(headers).toMatch(/FLAGS_1.*\bNOW\b/);
    });

    test("has no memory that is both writable and executable", () => {
      expect(headers).toMatch(/GNU_STACK.* RW /);
      expect(headers).not.toMatch(/LOAD.* RWE /);
    });

    test("marks the targets of indirect branches", () => {
      // The C library's start files have two.
      expect(count(path, ENDBR64)).toBeGreaterThan(2);
    });

    // The preloaded libraries have no array on their stacks.
    if (path.endsWith(".so")) return;
    test("has a stack protector", () => {
      expect(count(path, CANARY)).toBeGreaterThan(0);
    });
  });

  test("those with the system's C library check buffer sizes at run time", () => {
    const fortified = programs().filter((path) => count(path, /__\w+_chk\b/g) > 0);
    expect(fortified).toEqual(expect.arrayContaining(["dist/native/box-vmm", "dist/native/box-network"]));
  });
});
