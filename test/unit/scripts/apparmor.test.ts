import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const PROFILE = "/etc/apparmor.d/box-vmm";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-apparmor-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Creates an installation, as far as the script looks at it. Returns its path. */
function install(name: string): string {
  const root = join(folder, name);
  for (const file of ["scripts/apparmor", "packaging/apparmor/box-vmm"])
    cpSync(join(ROOT, file), join(root, file));
  mkdirSync(join(root, "dist/native"), { recursive: true });
  writeFileSync(join(root, "dist/native/box-vmm"), "", { mode: 0o755 });
  return root;
}

interface System {
  /** Content of apparmor_parser. */
  parser?: string;
  /** The program that the existing profile is for. */
  existing?: string;
}

/** Runs the script as root of a system of its own that has nothing but AppArmor's files. */
function runScript(root: string, words: string[], { parser = "exit 0", existing = "" }: System = {}) {
  const text = `
    set -e
    for place in /etc /usr/local /proc/sys/kernel; do mount -t tmpfs none "$place"; done
    echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns
    mkdir -p /etc/apparmor.d /usr/local/bin
    printf '#!/bin/sh\\n%s\\n' "$PARSER" >/usr/local/bin/apparmor_parser
    chmod +x /usr/local/bin/apparmor_parser
    [ -z "$EXISTING" ] || echo "profile box-vmm \\"$EXISTING\\" flags=(unconfined) {}" >${PROFILE}
    cd /
    PATH=/usr/local/bin:/usr/bin:/bin "$@" || echo "status: $?"
    [ ! -e ${PROFILE} ] || sed 's/^/profile: /' ${PROFILE}`;
  const { stdout, stderr } = spawnSync(
    "unshare",
    ["-Urm", "sh", "-c", text, "sh", join(root, "scripts/apparmor"), ...words],
    { encoding: "utf8", env: { ...process.env, PARSER: parser, EXISTING: existing }, cwd: folder },
  );
  return {
    stdout,
    stderr,
    program: /^profile: profile box-vmm "(.*)" flags=/m.exec(stdout)?.[1],
    networkProgram: /^profile: profile box-network "(.*)" flags=/m.exec(stdout)?.[1],
  };
}

const vmm = (root: string) => join(root, "dist/native/box-vmm");

describe("scripts/apparmor", () => {
  it.each(["plain", "with blanks & more", "a|b", "$(touch ran)", "x|;1e touch ran;#", "`touch ran`'"])(
    "installs a profile for the directory %j, whose name no program interprets",
    (name) => {
      const root = install(name);
      expect(runScript(root, [])).toMatchObject({
        stderr: "",
        program: vmm(root),
        networkProgram: join(root, "dist/native/box-network"),
      });
      for (const place of [folder, root]) expect(existsSync(join(place, "ran"))).toBe(false);
    },
  );

  it.each(["line\nbreak", 'quo"te', "glob*", "back\\slash", "va@{HOME}"])(
    "refuses the directory %j, which AppArmor would not take literally",
    (name) => {
      const { stderr, program } = runScript(install(name), []);
      expect(stderr).toContain("AppArmor cannot name ");
      expect(program).toBeUndefined();
    },
  );

  it("leaves no profile that the parser rejects, which would fail at each boot", () => {
    const { stderr, program } = runScript(install("box"), [], { parser: "exit 1" });
    expect(stderr).toContain("apparmor_parser rejects the profile");
    expect(program).toBeUndefined();
  });

  it.each([[[]], [["--remove"]]])("with %j keeps the profile of another installation", (words) => {
    const existing = vmm(install("other"));
    const { stderr, stdout, program } = runScript(install("box"), words, { existing });
    expect(stderr).toContain(`is for another installation of box, with ${existing}`);
    expect(stdout).toContain("status: 1");
    expect(program).toBe(existing);
  });

  it("replaces the profile of an installation that is gone, and removes its own", () => {
    const root = install("box");
    expect(runScript(root, [], { existing: join(folder, "gone/box-vmm") }).program).toBe(vmm(root));
    expect(runScript(root, ["--remove"], { existing: vmm(root) })).toMatchObject({
      stderr: "",
      program: undefined,
    });
  });
});
