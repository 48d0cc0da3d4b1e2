import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { complaintAboutNode } from "../../../src/cli/version.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");

describe("box on another Node", () => {
  it.each(["20.19.0", "20.20.2", "21.0.0", "22.13.1", "24.0.0", "100.0.0"])("runs on %s", (version) => {
    expect(complaintAboutNode(version)).toBeUndefined();
  });

  it.each(["20.18.3", "20.9.0", "19.99.0", "18.20.4", "4.0.0"])(
    "names the required version of Node on %s",
    (version) => {
      expect(complaintAboutNode(version)).toBe(`box needs Node 20.19 or later; this is ${version}`);
    },
  );

  it("suggests how to get a newer Node", () => {
    const older = "Object.defineProperty(process.versions, 'node', { value: '18.20.8' })";
    const program = ["--import", `data:text/javascript,${older}`, join(ROOT, "dist", "box.js"), "ps"];
    expect(spawnSync(process.execPath, program, { encoding: "utf8" })).toMatchObject({
      status: 125,
      stdout: "",
      stderr:
        "box: box needs Node 20.19 or later; this is 18.20.8\n" +
        "hint: install a newer Node.js, or box's Debian package, which contains one\n",
    });
  });

  it("requires the same version as scripts/setup", () => {
    expect(readFileSync(join(ROOT, "scripts", "setup"), "utf8")).toContain('"box needs Node 20.19 or later');
  });

  it("can be parsed by versions of Node since 8, which then name the required one", () => {
    const text = readFileSync(join(ROOT, "dist", "box.js"), "utf8");
    // Optional chaining, ??, catch without a variable, import() and the prefix of modules are newer.
    expect(text).not.toMatch(/\?\?|\?\.[\w[(]|catch ?\{|\bimport\(|require\("node:/);
  });

  it("runs on this version", () => {
    expect(
      execFileSync(process.execPath, [join(ROOT, "dist", "box.js"), "--version"], { encoding: "utf8" }),
    ).toMatch(/^box version /);
  });
});
