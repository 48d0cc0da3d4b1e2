import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Check } from "../../../../src/engine/system/doctor/check.js";
import type { Examination } from "../../../../src/engine/system/doctor/examine.js";
import type { Host } from "../../../../src/engine/system/doctor/host.js";
import { isAtLeast } from "../../../../src/host/version.js";
import {
  checkClock,
  checkJail,
  checkKvm,
  checkNode,
  checkSubordinateIds,
  checkSystem,
} from "../../../../src/engine/system/doctor/machine.js";
import { findDistribution } from "../../../../src/engine/system/doctor/packages.js";
import { checkLibraries, checkParts } from "../../../../src/engine/system/doctor/parts.js";
import { describeInstallation, stepsOf } from "../../../../src/engine/system/doctor/plan.js";
import { checkProxies } from "../../../../src/engine/system/doctor/places.js";
import { probeKvm } from "../../../../src/vm/drivers/krun/kvm.js";
import type { RuntimeFiles } from "../../../../src/vm/runtime-files.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "box-doctor-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string, mode = 0o644): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text, { mode });
  return whole;
}

const hostOf = (more: Partial<Host> = {}): Host => ({
  root,
  uid: 1000,
  user: "ann",
  searchPath: [join(root, "usr/bin")],
  arch: "x64",
  os: "linux",
  ...more,
});

async function examine(host: Host, kvm = false): Promise<Examination> {
  const distribution = await findDistribution(host);
  const checks = await checkParts(host, distribution, kvm);
  return { checks, host, distribution };
}

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n';

describe("a host on which nothing is installed", () => {
  it.each([
    [
      "Debian 12",
      DEBIAN,
      "sudo apt-get install -y --no-install-recommends qemu-system-x86 qemu-system-common libslirp0 e2fsprogs uidmap",
    ],
    [
      "Debian 13",
      DEBIAN.replaceAll("12", "13"),
      "sudo apt-get install -y --no-install-recommends qemu-system-x86 virtiofsd libslirp0 e2fsprogs uidmap",
    ],
    [
      "Ubuntu",
      'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n',
      "sudo apt-get install -y --no-install-recommends qemu-system-x86 virtiofsd libslirp0 e2fsprogs uidmap",
    ],
    [
      "Fedora",
      "ID=fedora\nVERSION_ID=41\n",
      "sudo dnf install -y qemu-system-x86-core virtiofsd libslirp e2fsprogs shadow-utils",
    ],
    ["Arch", "ID=arch\n", "sudo pacman -S --needed qemu-system-x86 virtiofsd libslirp e2fsprogs shadow"],
    [
      "Alpine",
      "ID=alpine\nVERSION_ID=3.21.0\n",
      "sudo apk add qemu-system-x86_64 virtiofsd libslirp e2fsprogs shadow-subids",
    ],
  ])("gets the command of %s that installs everything", async (_, release, command) => {
    put("etc/os-release", release);
    expect(describeInstallation(await examine(hostOf()))).toBe(command);
  });

  it("needs no sudo and no subordinate IDs as root", async () => {
    put("etc/os-release", DEBIAN);
    expect(describeInstallation(await examine(hostOf({ uid: 0, user: "root" })))).toBe(
      "apt-get install -y --no-install-recommends qemu-system-x86 qemu-system-common libslirp0 e2fsprogs",
    );
  });

  it("needs no QEMU with KVM", async () => {
    put("etc/os-release", DEBIAN);
    expect(describeInstallation(await examine(hostOf(), true))).toBe(
      "sudo apt-get install -y --no-install-recommends libslirp0 e2fsprogs uidmap",
    );
  });

  it("is fixed by apt, which first updates its package lists, and by nothing else", async () => {
    put("etc/os-release", DEBIAN);
    const [update, install, ...others] = stepsOf(await examine(hostOf()));
    expect(update).toMatchObject({ text: "sudo apt-get update", optional: true });
    expect(install).toMatchObject({
      sudo: true,
      rootText: expect.stringMatching(/^apt-get install /) as string,
    });
    expect(install?.words.slice(0, 2)).toEqual(["env", "DEBIAN_FRONTEND=noninteractive"]);
    expect(others).toEqual([]);
    put("etc/os-release", "ID=fedora\n");
    expect(stepsOf(await examine(hostOf()))).toEqual([]);
  });
});

const stateOf = (checks: Check[], name: string) => checks.find((check) => check.name === name)?.status;

it("reports a missing part as a problem only if no box can run without it", async () => {
  const { checks } = await examine(hostOf());
  expect(checks.map(({ name, status }) => [name, status])).toEqual([
    ["qemu", "problem"],
    ["virtiofsd", "warning"],
    ["libslirp", "warning"],
    ["qemu-user", "ok"],
    ["mke2fs", "problem"],
    ["newuidmap", "warning"],
  ]);
});

it("lists the architectures with an interpreter, and names its package without a warning", async () => {
  const foundOf = async () =>
    (await examine(hostOf())).checks.find(({ name }) => name === "qemu-user")?.found;
  put("etc/os-release", DEBIAN);
  expect(await foundOf()).toBe(
    "not installed; only needed for images of other processors (package qemu-user-static)",
  );
  const program = readFileSync("dist/native/agent", "latin1");
  for (const name of ["qemu-aarch64-static", "qemu-i386-static", "qemu-x86_64-static"])
    writeFileSync(put(`usr/bin/${name}`, "", 0o755), program, "latin1");
  put("usr/bin/qemu-arm-static", "#!/bin/sh\n", 0o755);
  expect(await foundOf()).toBe("for 386, arm64");
});

it("warns about a QEMU that is too old for networks between boxes", async () => {
  put("usr/bin/qemu-system-x86_64", "#!/bin/sh\necho QEMU emulator version 6.2.0\n", 0o755);
  const { checks } = await examine(hostOf());
  expect(checks[0]).toMatchObject({
    status: "warning",
    found: expect.stringMatching(/6\.2\.0.*7\.2/) as string,
  });
  put("usr/bin/qemu-system-x86_64", "#!/bin/sh\necho QEMU emulator version 10.0.2\n", 0o755);
  expect(stateOf((await examine(hostOf())).checks, "qemu")).toBe("ok");
});

it("compares versions numerically", () => {
  expect(isAtLeast("10.0", "7.2")).toBe(true);
  expect(isAtLeast("7.2.22", "7.2")).toBe(true);
  expect(isAtLeast("7.1.9", "7.2")).toBe(false);
  expect(checkNode("18.19.1").status).toBe("problem");
  expect(checkNode("20.19.0").status).toBe("ok");
});

it("reports another system or processor as a problem", () => {
  const distribution = { title: "x", id: "x", version: 0 };
  expect(checkSystem(hostOf(), distribution).status).toBe("ok");
  expect(checkSystem(hostOf({ arch: "arm64" }), distribution).status).toBe("problem");
  expect(checkSystem(hostOf({ os: "darwin" }), distribution).status).toBe("problem");
});

it("names a missing library of a native part, with its package", async () => {
  // The same file, linked with a library that does not exist.
  const relinked = (file: string, from: string, to: string) => {
    const bytes = readFileSync(join(import.meta.dirname, "../../../..", file), "latin1").replaceAll(from, to);
    const path = join(root, basename(file));
    writeFileSync(path, bytes, { encoding: "latin1", mode: 0o755 });
    return path;
  };
  const none = join(root, "none");
  const files = {
    vmmHelper: none,
    networkProcess: none,
    sharePreload: none,
    seccompCompiler: none,
    libkrun: none,
  };
  put("etc/os-release", DEBIAN);
  const distribution = await findDistribution(hostOf());
  const check = (more: Partial<RuntimeFiles>, kvm: boolean) =>
    checkLibraries(distribution, { ...files, ...more } as RuntimeFiles, kvm);
  const vmmHelper = relinked("dist/native/box-vmm", "libc.so.6", "libc.so.9");
  expect(await check({ vmmHelper }, true)).toEqual([
    {
      name: "libraries",
      status: "problem",
      found: `libc.so.9, which ${vmmHelper} needs, is missing`,
      cure: { advice: "install the package that provides libc.so.9" },
    },
  ]);
  const libkrun = relinked("runtime-files/libkrun.so.1", "libcap-ng.so.0", "libcap-ng.so.9");
  expect(await check({ libkrun }, true)).toEqual([
    {
      name: "libraries",
      status: "problem",
      found: `libcap-ng.so.9, which ${libkrun} needs, is missing`,
      cure: { packages: ["libcap-ng0"] },
    },
  ]);
  // Without KVM, nothing loads it.
  expect(await check({ libkrun }, false)).toMatchObject([{ status: "ok" }]);
});

describe("/dev/kvm", () => {
  it("is cured by its group if this user may not open it", async () => {
    put("dev/kvm", "");
    const refused = {
      usable: false,
      cause: "denied",
      reason: "the device is not for this user",
      hint: "",
    } as const;
    const check = await checkKvm(hostOf(), refused);
    expect(check.cure).toMatchObject({
      commands: [["usermod", "-aG", "kvm", "ann"]],
      root: true,
      then: "log in again",
    });
    // A user without a name cannot be added to a group.
    expect((await checkKvm(hostOf({ user: "1000" }), refused)).cure).toHaveProperty("advice");
  });

  it("is cured by loading the module if it is missing and the processor supports it", async () => {
    const missing = await probeKvm(join(root, "dev/kvm"));
    if (missing.usable) throw new Error("it exists");
    put("proc/cpuinfo", "flags\t\t: fpu vmx\n");
    expect((await checkKvm(hostOf(), missing)).cure).toMatchObject({ commands: [["modprobe", "kvm_intel"]] });
    put("proc/cpuinfo", "flags\t\t: fpu\n");
    expect((await checkKvm(hostOf(), missing)).cure).toHaveProperty("advice");
  });
});

describe("user namespaces", () => {
  const LAYERS = [{ name: "user-namespace", holds: false, reason: "no" }];

  it.each([
    ["proc/sys/user/max_user_namespaces", "0\n", ["sysctl", "-w", "user.max_user_namespaces=65536"], false],
    [
      "proc/sys/kernel/unprivileged_userns_clone",
      "0\n",
      ["sysctl", "-w", "kernel.unprivileged_userns_clone=1"],
      false,
    ],
    ["proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", ["/opt/box/scripts/apparmor"], true],
  ])("are cured by a command if %s denies them", async (path, text, command, automatic) => {
    put(path, text);
    const check = await checkJail(hostOf(), LAYERS, ["/opt/box/scripts/apparmor"]);
    expect(check).toMatchObject({ status: "warning", cure: { commands: [command], root: true, automatic } });
  });

  it("come with advice if a container denies them", async () => {
    expect((await checkJail(hostOf(), LAYERS, undefined)).cure).toHaveProperty("advice");
    expect((await checkJail(hostOf(), [{ name: "landlock", holds: true }], undefined)).status).toBe("ok");
  });
});

it("assigns subordinate IDs from the first free number", async () => {
  put("etc/subuid", "bob:100000:65536\n");
  put("etc/subgid", "bob:165536:65536\n");
  const [check] = await checkSubordinateIds(hostOf());
  const range = "231072-296607";
  expect(check?.cure).toMatchObject({
    commands: [["usermod", "--add-subuids", range, "--add-subgids", range, "ann"]],
  });
  put("etc/subuid", "ann:100000:65536\n");
  put("etc/subgid", "1000:100000:65536\n");
  expect((await checkSubordinateIds(hostOf()))[0]?.status).toBe("ok");
});

it("warns about a clock that is behind this host's own files", async () => {
  expect((await checkClock(hostOf(), [process.execPath], Date.parse("1999-01-01"))).status).toBe("warning");
  expect((await checkClock(hostOf(), [process.execPath])).status).toBe("ok");
});

it("warns about a proxy that does not respond", async () => {
  const env = { HTTPS_PROXY: "http://127.0.0.1:1", http_proxy: "not a url" };
  const checks = await checkProxies({ folder: root, env });
  expect(checks.map(({ status, found }) => [status, found])).toEqual([
    ["warning", expect.stringContaining("ECONNREFUSED")],
    ["warning", "http_proxy is not a URL"],
  ]);
});
