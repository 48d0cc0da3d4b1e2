import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const SCRIPTS = join(import.meta.dirname, "../../../packaging/deb");
const PROFILE = "/etc/apparmor.d/box-vmm";
const OURS = 'profile box-vmm "/usr/lib/box/dist/native/box-vmm" {}';
const OTHER = 'profile box-vmm "/srv/box/dist/native/box-vmm" {}';

const folder = mkdtempSync(join(tmpdir(), "box-deb-scripts-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface System {
  /** The kernel restricts user namespaces; default: yes. */
  restricted?: boolean;
  /** Content of apparmor_parser; not installed if empty. */
  parser?: string;
  /** Shell commands that prepare the system. */
  prepare?: string;
}

/** Runs a maintainer script on a system of its own that has nothing but AppArmor's files. */
function runScript(words: string, { restricted = true, parser = "exit 0", prepare = "" }: System) {
  const text = `
    set -e
    for place in /etc /usr/share /proc/sys/kernel "$FOLDER"; do mount -t tmpfs none "$place"; done
    echo ${restricted ? 1 : 0} >/proc/sys/kernel/apparmor_restrict_unprivileged_userns
    mkdir -p /etc/apparmor.d /usr/share/box/apparmor "$FOLDER/bin"
    echo '${OURS}' >/usr/share/box/apparmor/box-vmm
    if [ -n "$PARSER" ]; then
      printf '#!/bin/sh\\necho "parser $*"\\n%s\\n' "$PARSER" >"$FOLDER/bin/apparmor_parser"
      chmod +x "$FOLDER/bin/apparmor_parser"
    fi
    ${prepare}
    PATH="$FOLDER/bin:/usr/bin:/bin" sh "${SCRIPTS}"/${words}
    [ ! -L /usr/bin/docker ] || echo "docker: $(readlink /usr/bin/docker)"
    [ ! -e ${PROFILE} ] || sed 's/^/profile: /' ${PROFILE}`;
  const { status, stdout, stderr } = spawnSync("unshare", ["-Urm", "sh", "-c", text], {
    encoding: "utf8",
    env: { ...process.env, FOLDER: folder, PARSER: parser },
  });
  return { status, stdout, warning: stderr };
}

describe("postinst", () => {
  it("installs and loads the profile where AppArmor restricts user namespaces", () => {
    expect(runScript("postinst configure", {})).toEqual({
      status: 0,
      stdout: [
        "parser --skip-kernel-load --skip-cache /usr/share/box/apparmor/box-vmm",
        `parser --replace ${PROFILE}`,
        `profile: ${OURS}\n`,
      ].join("\n"),
      warning: "",
    });
  });

  it("does nothing where AppArmor does not restrict them", () => {
    expect(runScript("postinst configure", { restricted: false })).toEqual({
      status: 0,
      stdout: "",
      warning: "",
    });
  });

  it("replaces its own profile when the package is upgraded", () => {
    const prepare = `echo '# old "/usr/lib/box/dist/native/box-vmm"' >${PROFILE}`;
    expect(runScript("postinst configure 0.0.1", { prepare }).stdout).toContain(`profile: ${OURS}`);
  });

  const failures: [string, System, string, string][] = [
    ["apparmor is not installed", { parser: "" }, "no profile was installed", ""],
    ["the system has no folder of profiles", { prepare: "rmdir /etc/apparmor.d" }, "apparmor is not", ""],
    [
      "the profile is another installation's",
      { prepare: `echo '${OTHER}' >${PROFILE}` },
      "was not changed",
      OTHER,
    ],
    ["the parser rejects the profile", { parser: "exit 1" }, "no profile was installed", ""],
    ["the profile cannot be loaded", { parser: '[ "$1" != --replace ]' }, "could not be loaded", OURS],
    [
      "the profile cannot be written",
      { prepare: "mount -t tmpfs -o ro none /etc/apparmor.d" },
      "could not be written",
      "",
    ],
  ];
  it.each(failures)("succeeds with a warning when %s", (_, system, warning, profile) => {
    const result = runScript("postinst configure", system);
    expect(result.status).toBe(0);
    expect(result.warning).toMatch(/^(cp: .*\n)?box: warning: .*; see `box doctor`\n$/);
    expect(result.warning).toContain(warning);
    expect(result.stdout.split("profile: ")[1]?.trim() ?? "").toBe(profile);
  });
});

describe("postrm", () => {
  it("removes the profile that postinst installed", () => {
    const prepare = `echo '${OURS}' >${PROFILE}`;
    expect(runScript("postrm remove", { prepare })).toEqual({
      status: 0,
      stdout: `parser --remove ${PROFILE}\n`,
      warning: "",
    });
    expect(runScript("postrm purge", { prepare, parser: "" })).toEqual({
      status: 0,
      stdout: "",
      warning: "",
    });
  });

  it("keeps the profile of another installation", () => {
    const prepare = `echo '${OTHER}' >${PROFILE}`;
    expect(runScript("postrm remove", { prepare }).stdout).toBe(`profile: ${OTHER}\n`);
  });

  it("keeps the profile during an upgrade", () => {
    const prepare = `echo '${OURS}' >${PROFILE}`;
    expect(runScript("postrm upgrade 0.2.0", { prepare }).stdout).toBe(`profile: ${OURS}\n`);
  });

  it.each([
    ["removes the link that `box setup --docker` creates", "remove", "box", ""],
    ["keeps that link during an upgrade", "upgrade 0.2.0", "box", "docker: box\n"],
    ["keeps a link to another program", "remove", "podman", "docker: podman\n"],
  ])("%s", (_, words, target, stdout) => {
    const prepare = `
      mkdir "$FOLDER/upper" "$FOLDER/work"
      mount -t overlay -o "lowerdir=/usr/bin,upperdir=$FOLDER/upper,workdir=$FOLDER/work" none /usr/bin
      ln -sf ${target} /usr/bin/docker`;
    expect(runScript(`postrm ${words}`, { prepare })).toEqual({ status: 0, stdout, warning: "" });
  });

  it("succeeds where AppArmor is not installed", () => {
    expect(runScript("postrm purge", { parser: "", prepare: "rmdir /etc/apparmor.d" })).toEqual({
      status: 0,
      stdout: "",
      warning: "",
    });
  });
});
