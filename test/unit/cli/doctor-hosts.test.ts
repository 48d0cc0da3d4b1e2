// @module-tag slow
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { QEMU, STRANGER, useBareHost, type RunOptions } from "./bare-host.js";

// `box doctor` on hosts that are unsuitable in one way each.

const AS_ROOT = process.getuid?.() === 0;
const { host, box, addQemu } = useBareHost();

interface Shown {
  name: string;
  status: "ok" | "warning" | "problem";
  found: string;
  cure: string | null;
}

/** Runs `box doctor`, and checks what holds for every diagnosis. */
async function diagnose(options?: RunOptions, ...words: string[]) {
  const { code, stdout, stderr } = await box(["doctor", "--format", "json", ...words], options);
  expect(stdout.split("\n")).toHaveLength(2);
  const shown = JSON.parse(stdout) as { usable: boolean; checks: Shown[] };
  expect(Object.keys(shown)).toEqual(["usable", "checks"]);
  expect(new Set(shown.checks.map((check) => Object.keys(check).join()))).toEqual(
    new Set(["name,status,found,cure"]),
  );
  for (const check of shown.checks) {
    const { status, cure, found } = check;
    expect(`${found}${cure}`, check.name).not.toContain("\n");
    expect(cure === null, JSON.stringify(check)).toBe(status === "ok");
  }
  const problems = shown.checks.filter(({ status }) => status === "problem");
  expect(shown.usable).toBe(problems.length === 0);
  expect(code).toBe(shown.usable ? 0 : 1);
  const find = (name: string) => shown.checks.filter((check) => check.name === name);
  return { problems, find, stderr };
}

describe("box doctor reports one problem, with its cure,", () => {
  it("if QEMU is missing", async () => {
    const { problems } = await diagnose();
    expect(problems.map(({ name }) => name)).toEqual(["qemu"]);
  });

  it("if QEMU is for another processor", async () => {
    const program = readFileSync("/bin/true");
    program.writeUInt16LE(183, 18); // e_machine: AArch64
    writeFileSync(join(host.bin, QEMU), program, { mode: 0o755 });
    const { problems } = await diagnose();
    expect(problems).toEqual([
      {
        name: "qemu",
        status: "problem",
        found: expect.stringMatching(/qemu-system-x86_64 cannot be run on this system$/) as string,
        cure: expect.stringMatching(/^remove .*, or reinstall its package$/) as string,
      },
    ]);
  });

  it.runIf(AS_ROOT)("if the home directory is not writable", async () => {
    addQemu();
    mkdirSync(join(host.folder, "closed"));
    const env = { BOX_HOME: join(host.folder, "closed", "home") };
    const { problems, find } = await diagnose({ uid: STRANGER, env });
    expect(problems).toEqual([
      {
        name: "home",
        status: "problem",
        found: `no permission to write to ${env.BOX_HOME}`,
        cure: "set BOX_HOME to a directory that you own",
      },
    ]);
    expect(find("runtime-folder")).toEqual([]);
  });

  it.runIf(AS_ROOT)("if BOX_RUNTIME belongs to another user", async () => {
    addQemu();
    const env = { BOX_RUNTIME: join(host.folder, "runtime") };
    mkdirSync(env.BOX_RUNTIME);
    const { problems } = await diagnose({ uid: STRANGER, env });
    expect(problems).toMatchObject([
      { name: "runtime-folder", cure: expect.stringMatching(/BOX_RUNTIME/) as string },
    ]);
  });

  it.runIf(AS_ROOT)("if the disk is full", async () => {
    addQemu();
    const mounts = `mount -t tmpfs -o size=8m none ${host.home} && chmod 700 ${host.home}`;
    const { problems } = await diagnose({ mounts });
    expect(problems).toMatchObject([
      { name: "home", found: `${host.home}: only 0.0 GiB free`, cure: "box system prune" },
    ]);
  });

  it.runIf(AS_ROOT)("if the settings are unreadable", async () => {
    addQemu();
    const env = { BOX_SETTINGS: join(host.folder, "settings.yaml") };
    writeFileSync(env.BOX_SETTINGS, "", { mode: 0o600 });
    const { problems } = await diagnose({ uid: STRANGER, env });
    expect(problems).toMatchObject([
      { name: "settings", found: expect.stringMatching(/permission denied$/) as string },
    ]);
  });
});

describe("box doctor reports no problem", () => {
  it.runIf(AS_ROOT).each(["missing", "other"])("with an XDG_RUNTIME_DIR that is %s", async (name) => {
    addQemu();
    mkdirSync(join(host.folder, "other"), { mode: 0o700 });
    const { problems, find } = await diagnose({
      uid: STRANGER,
      env: { XDG_RUNTIME_DIR: join(host.folder, name) },
    });
    expect(problems).toEqual([]);
    expect(find("runtime-folder")).toMatchObject([{ found: join(host.home, "run") }]);
  });
});

it.runIf(AS_ROOT)("box doctor --fix does nothing the second time", async () => {
  addQemu();
  mkdirSync(host.home);
  chmodSync(host.home, 0o755);
  expect((await diagnose()).find("privacy")).toMatchObject([{ cure: `chmod 700 ${host.home}` }]);
  const first = await diagnose({}, "--fix");
  expect(first.stderr).toBe(`Running: chmod 700 ${host.home}\n`);
  expect(first.find("privacy")).toEqual([]);
  expect(statSync(host.home).mode & 0o777).toBe(0o700);
  const again = await diagnose({}, "--fix");
  expect(again.stderr).toBe("");
  expect(again.find("privacy")).toEqual([]);
});
