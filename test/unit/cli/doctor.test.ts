import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { QEMU, STRANGER, useBareHost } from "./bare-host.js";

const ROOT = join(import.meta.dirname, "../../..");
const AS_ROOT = process.getuid?.() === 0;

const { host, box, addProgram: program, addQemu } = useBareHost();

describe("box doctor", () => {
  it("shows why boxes cannot run and the command to fix it, and exits with 1", async () => {
    const { code, stdout } = await box(["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^problem +qemu +not installed; needed to run boxes/m);
    expect(stdout).toMatch(/^ +cure: .*apt-get install .*qemu-system-x86/m);
    expect(stdout).toMatch(/^Boxes cannot run here: 1 problem, \d+ warnings?\./m);
  });

  it("exits with 0 if boxes can run, whatever else is missing", { tags: "slow" }, async () => {
    addQemu();
    const { code, stdout } = await box(["doctor", "--format", "json"]);
    const { usable, checks } = JSON.parse(stdout) as {
      usable: boolean;
      checks: { name: string; status: string; cure: string | null }[];
    };
    expect({ code, usable }).toEqual({ code: 0, usable: true });
    expect(checks.find(({ name }) => name === "libslirp")).toMatchObject({ status: "ok" });
    expect((await box(["doctor", "--format", "{{.Usable}}"])).stdout).toBe("true\n");
  });

  it("finds damaged runtime files", async () => {
    addQemu();
    const parts = join(host.folder, "parts");
    mkdirSync(parts);
    for (const name of ["kernel.elf", "boot.erofs"])
      cpSync(join(ROOT, "runtime-files", name), join(parts, name));
    writeFileSync(join(parts, "libkrun.so.1"), "damaged");
    const env = { BOX_RUNTIME_FILES: parts };
    const damaged = await box(["doctor"], { env });
    expect(damaged).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^problem +runtime-files .*libkrun.* is damaged/m) as string,
    });
  });

  it("finds damaged runtime files of a package", async () => {
    addQemu();
    const parts = join(host.folder, "parts");
    mkdirSync(parts);
    for (const name of ["libkrun.so.1", "kernel.elf", "boot.erofs"]) writeFileSync(join(parts, name), name);
    const env = { BOX_RUNTIME_FILES: parts };
    for (const list of ['{"kernel.elf":"00"}', "{"]) {
      writeFileSync(join(parts, "sha256.json"), list);
      const { code, stdout } = await box(["doctor"], { env });
      expect(stdout).toMatch(/^problem +runtime-files +\S+ is not the file that came with box$/m);
      expect(code).toBe(1);
    }
  });

  it.runIf(AS_ROOT)(
    "--fix needs no terminal when run by root, prints what it runs, and checks again",
    async () => {
      program(
        "apt-get",
        `echo "$@" >>${join(host.folder, "apt")}; case "$*" in *install*) ln -s ${join(host.folder, QEMU)} ${join(host.bin, QEMU)};; esac`,
      );
      writeFileSync(join(host.folder, QEMU), "#!/bin/sh\necho QEMU emulator version 9.9.9\n", {
        mode: 0o755,
      });
      const { code, stdout, stderr } = await box(["doctor", "--fix"]);
      expect(stderr).toMatch(/^Running: apt-get update$/m);
      expect(stderr).toMatch(/^Running: apt-get install -y --no-install-recommends qemu-system-x86$/m);
      expect(readFileSync(join(host.folder, "apt"), "utf8")).toMatch(
        / update\n.* install -y .*qemu-system-x86\n/,
      );
      expect(stdout).toMatch(/^ok +qemu +QEMU 9\.9\.9/m);
      expect(code).toBe(0);
    },
  );

  it.runIf(AS_ROOT)("--fix asks other users, and does nothing without a terminal", async () => {
    program("sudo", `touch ${join(host.folder, "asked")}`);
    const { code, stderr } = await box(["doctor", "--fix"], { uid: STRANGER });
    expect(code).toBe(1);
    expect(stderr).toBe(
      "box: cannot ask for confirmation: standard input is not a terminal\nhint: use --yes to proceed without confirmation\n",
    );
  });
});

describe("box setup", () => {
  it("prints the command and changes nothing with --dry-run", async () => {
    program("apt-get", "exit 9");
    const { code, stdout } = await box(["setup", "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(sudo )?apt-get install -y --no-install-recommends qemu-system-x86\b/);
  });

  it("reports that nothing is missing", async () => {
    addQemu();
    for (const name of ["newuidmap", "newgidmap"]) program(name, "true");
    const { code, stdout } = await box(["setup"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "Nothing is missing: this system has everything that boxes need.\n",
    });
    expect((await box(["setup", "--dry-run"])).stdout).toBe("");
  });

  it("names what no package of a supported system can fix, with what to do", async () => {
    program(QEMU, "echo QEMU emulator version 5.2.0");
    for (const name of ["newuidmap", "newgidmap"]) program(name, "true");
    const { code, stderr } = await box(["setup", "--yes"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^box: qemu: QEMU 5\.2\.0 supports no networks .*\nhint: install QEMU 7\.2 or later\n$/,
    );
  });

  it("shows the first error of apt, not those that follow from it", async () => {
    const errors = [
      "W: a warning",
      "E: Unable to locate package qemu-system-x86",
      "E: Couldn't find any package",
    ];
    program(
      "apt-get",
      `case "$*" in *install*) ${errors.map((line) => `echo "${line}" >&2`).join("; ")}; exit 100;; esac`,
    );
    program("sudo", 'exec "$@"');
    const { code, stderr } = await box(["setup", "--yes"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^box: `.*apt-get install .*` failed: E: Unable to locate package qemu-system-x86$/m,
    );
  });

  it("shows why package lists could not be updated if that is the cause", async () => {
    program(
      "apt-get",
      'case "$*" in *install*) echo "E: no package" >&2;; *) echo "E: cannot resolve the mirror" >&2;; esac; exit 100',
    );
    program("sudo", 'exec "$@"');
    const { stderr } = await box(["setup", "--yes"]);
    expect(stderr).toMatch(/apt-get update` failed: E: cannot resolve the mirror$/m);
  });

  it.runIf(AS_ROOT)("shows the error of sudo", async () => {
    program("sudo", "echo ann is not in the sudoers file. >&2; exit 1");
    const { code, stderr } = await box(["setup", "--yes"], { uid: STRANGER });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^box: .* failed: ann is not in the sudoers file\.$/m);
  });

  it.runIf(AS_ROOT)("shows the command for root if there is no sudo", async () => {
    const { code, stderr } = await box(["setup", "--yes"], { uid: STRANGER });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^hint: run as root: apt-get update && apt-get install -y .*qemu-system-x86/m);
  });
});

describe("a box whose requirements are not installed", () => {
  it("is refused with one line that names what is missing, and a hint at box doctor", async () => {
    const { code, stderr } = await box(["run", "--vmm", "qemu", "alpine"]);
    expect(code).toBe(125);
    expect(stderr).toMatch(
      /^box: --vmm: qemu cannot run here: qemu-system-x86_64 is not installed\nhint: .*`box doctor`.*\n$/,
    );
  });
});
