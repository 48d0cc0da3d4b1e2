import { execFile } from "node:child_process";
import {
  appendFile,
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { homeOf } from "../../../../src/host/home.js";
import { temporaryBeside } from "../../../../src/host/temporaries.js";
import { findArchitecture, registration } from "../../../../src/vm/interpreter/architectures.js";
import { findInterpreter } from "../../../../src/vm/interpreter/find.js";
import { levelOf, mismatchWarning } from "../../../../src/vm/interpreter/mismatch.js";
import { withInterpreter } from "../../../../src/vm/interpreter/runtime-files.js";
import type { RuntimeFiles } from "../../../../src/vm/runtime-files.js";
import { fsck } from "../../../tree/fsck.js";
import { ofEndedProcess } from "../../host/ended.js";

const run = promisify(execFile);

/** A static program, and one that needs a dynamic loader. */
const STATIC = join(import.meta.dirname, "../../../../dist/native/agent");
const DYNAMIC = process.execPath;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-interpreter-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function install(name: string, from = STATIC): Promise<string> {
  await mkdir(join(folder, "bin"), { recursive: true });
  await copyFile(from, join(folder, "bin", name));
  return join(folder, "bin", name);
}
const find = (platform: string, searchPath = `/nowhere:relative:${join(folder, "bin")}`) =>
  findInterpreter({ searchPath }, platform);

describe("an interpreter", () => {
  it("is not needed for the host's own processor, whatever its level", () => {
    expect(find("linux/amd64")).toBeUndefined();
    expect(find("linux/amd64/v3")).toBeUndefined();
  });

  it("is the static emulator in the search path, under Debian 12's name or Debian 13's", async () => {
    const second = await install("qemu-aarch64");
    expect(find("linux/arm64")).toMatchObject({ name: "arm64", path: second });
    const first = await install("qemu-aarch64-static");
    expect(find("linux/arm64/v8")?.path).toBe(first);
    expect(find("linux/aarch64")?.path).toBe(first);
  });

  it.each([
    ["missing", () => Promise.resolve()],
    ["dynamic", () => install("qemu-arm-static", DYNAMIC)],
    ["not executable", async () => chmod(await install("qemu-arm-static"), 0o644)],
    ["a script", async () => writeFile(join(folder, "qemu-arm-static"), "#!/bin/sh\n", { mode: 0o755 })],
    ["a directory", () => mkdir(join(folder, "bin", "qemu-arm-static"), { recursive: true })],
    ["a dangling link", async () => symlink("nowhere", join(await install("x"), "..", "qemu-arm-static"))],
  ])("that is %s is reported with the package to install", async (_, prepare) => {
    await prepare();
    expect(() => find("linux/arm/v7")).toThrow(
      expect.objectContaining({
        code: "engine-missing",
        message:
          "qemu-arm-static (package qemu-user-static) is not installed; it is required for images for linux/arm/v7",
        hint: "install the package qemu-user-static",
      }) as Error,
    );
  });

  it.each([
    "linux/nosuch",
    "windows/amd64",
    "windows/arm64",
    "linux/__proto__",
    "linux/..",
    "linux/constructor/v1",
  ])("does not exist for %s", (platform) => {
    expect(() => find(platform)).toThrow(expect.objectContaining({ code: "unsupported-platform" }) as Error);
  });
});

it("an image's configuration cannot name a path in the place of an architecture", () => {
  for (const platform of ["linux/../../../etc/passwd", "linux/a b", "linux/\n", `linux/${"x".repeat(1000)}`])
    expect(() => find(platform)).toThrow(expect.objectContaining({ code: "invalid-platform" }) as Error);
});

/** Decodes a registration, as the kernel does. */
function decode(line: string) {
  const [, name, type, offset, magic = "", mask = "", path, flags] = line.split(":");
  const bytes = (text: string) => Buffer.from(text.replaceAll("\\x", ""), "hex");
  return { name, type, offset, magic: bytes(magic), mask: bytes(mask), path, flags };
}

describe("the registration of an interpreter", () => {
  const lineFor = (name: string) => {
    const architecture = findArchitecture(name);
    return architecture ? registration(architecture, "/usr/bin/qemu") : "";
  };
  const matches = (line: string, header: Buffer) => {
    const { magic, mask } = decode(line);
    return magic.every((byte, i) => ((header[i] ?? 0) & (mask[i] ?? 0)) === (byte & (mask[i] ?? 0)));
  };
  /** The beginning of a program: class, byte order, ABI and its version, type, machine. */
  const header = (bits: number, order: "LE" | "BE", type: number, machine: number, abi = 0) => {
    const bytes = Buffer.alloc(20);
    bytes.write("\x7fELF", "latin1");
    bytes.set([bits / 32, order === "LE" ? 1 : 2, 1, abi, abi], 4);
    for (const [value, at] of [
      [type, 16],
      [machine, 18],
    ] as const)
      bytes[`writeUInt16${order}`](value, at);
    return bytes;
  };

  it.each([
    ["386", 32, "LE", 3],
    ["arm", 32, "LE", 40],
    ["arm64", 64, "LE", 183],
    ["riscv64", 64, "LE", 243],
    ["ppc64le", 64, "LE", 21],
    ["s390x", 64, "BE", 22],
    ["mips64le", 64, "LE", 8],
    ["loong64", 64, "LE", 258],
  ] as const)("for %s covers its executables and nothing else", (name, bits, order, machine) => {
    const line = lineFor(name);
    const { magic, mask } = decode(line);
    expect([magic.length, mask.length]).toEqual([20, 20]);
    for (const type of [2, 3])
      for (const abi of [0, 3]) expect(matches(line, header(bits, order, type, machine, abi))).toBe(true);
    // Objects, core files, this host's programs, other machines, scripts.
    expect(matches(line, header(bits, order, 1, machine))).toBe(false);
    expect(matches(line, header(bits, order, 4, machine))).toBe(false);
    expect(matches(line, header(64, "LE", 2, 62))).toBe(false);
    expect(matches(line, header(96 - bits, order, 2, machine))).toBe(false);
    expect(matches(line, Buffer.from("#!/bin/sh\necho some script\n"))).toBe(false);
  });

  it("preserves argv[0], needs no path in the box, and gives the interpreter no program's privileges", () => {
    expect(decode(lineFor("arm64"))).toMatchObject({
      ...{ name: "qemu-aarch64", type: "M", offset: "", path: "/usr/bin/qemu", flags: "OPF" },
    });
  });
});

describe("the boot disk with an interpreter", () => {
  const files = () =>
    ({ searchPath: join(folder, "bin"), bootDisk: "/boot.erofs", agent: STATIC }) as RuntimeFiles;
  const home = () => homeOf({ BOX_HOME: join(folder, "home") });
  const diskFor = async (platform?: string) => (await withInterpreter(home(), files(), platform)).bootDisk;

  /** Checks a disk. fsck.erofs does not know that the data follows the metadata, and gets it as a device. */
  async function check(disk: string, ...options: string[]): Promise<void> {
    const bytes = await readFile(disk);
    const blocks = bytes.readUInt32LE(1024 + 36);
    const device = join(folder, "device");
    await writeFile(device, bytes.subarray(blocks * 512));
    await fsck(disk, [device], ...options);
  }

  it("is the usual one without an interpreter", async () => {
    for (const platform of [undefined, "linux/amd64", "linux/amd64/v3"])
      expect(await diskFor(platform)).toBe("/boot.erofs");
  });

  it("has the agent, the usual directories, the interpreter and its registration", async () => {
    const emulator = await install("qemu-aarch64-static");
    const disk = await diskFor("linux/arm64/v8");
    expect(disk).toBe(join(folder, "home", "templates", "boot-arm64.erofs"));
    const out = join(folder, "out");
    await check(disk, `--extract=${out}`);
    const makefile = await readFile("native/agent/Makefile", "utf8");
    const usual = /^FOLDERS := (.*)$/m.exec(makefile)?.[1]?.split(" ") ?? [];
    const { stdout } = await run("find", [out, "-mindepth", "1", "-printf", "%y %P\\n"]);
    const expected = ["d usr", "d usr/bin", "f usr/bin/qemu-aarch64", "f init", "f binfmt.conf", "d binfmt"];
    expect(stdout.trim().split("\n").sort()).toEqual(
      [...expected, ...usual.map((name) => `d ${name}`)].sort(),
    );
    for (const [path, from] of [
      ["init", STATIC],
      ["usr/bin/qemu-aarch64", emulator],
    ] as const)
      expect((await readFile(join(out, path))).equals(await readFile(from))).toBe(true);
    expect(await readFile(join(out, "binfmt.conf"), "utf8")).toContain(":/usr/bin/qemu-aarch64:OPF");
  });

  it("is made once, and again when the interpreter has changed", async () => {
    const emulator = await install("qemu-aarch64-static");
    const disk = await diskFor("linux/arm64");
    const { ino } = await stat(disk);
    expect((await stat(await diskFor("linux/arm64/v8"))).ino).toBe(ino);
    await utimes(emulator, 1, 1);
    await Promise.all([diskFor("linux/arm64"), diskFor("linux/arm64")]);
    expect((await stat(disk)).ino).not.toBe(ino);
    await writeFile(disk, "damaged");
    await check(await diskFor("linux/arm64"));
  });

  it("is made again if it is truncated, extended, a link or a FIFO", async () => {
    await install("qemu-aarch64-static");
    const disk = await diskFor("linux/arm64");
    const whole = await readFile(disk);
    const other = join(folder, "other");
    await writeFile(other, whole);
    for (const spoil of [
      () => truncate(disk, whole.length - 512),
      () => truncate(disk, 1080),
      () => appendFile(disk, Buffer.alloc(512)),
      () => rm(disk).then(() => symlink(other, disk)),
      () => rm(disk).then(() => run("mkfifo", [disk])),
    ]) {
      await spoil();
      expect(await diskFor("linux/arm64")).toBe(disk);
      expect((await lstat(disk)).isFile()).toBe(true);
      expect((await readFile(disk)).equals(whole)).toBe(true);
    }
    expect((await readFile(other)).equals(whole)).toBe(true);
  });

  it("is the only one that is left when a command that made another one was killed", async () => {
    await install("qemu-aarch64-static");
    const disk = await diskFor("linux/arm64");
    const alive = temporaryBeside(disk);
    await writeFile(ofEndedProcess(alive), "unfinished");
    await writeFile(alive, "being made");
    await rm(disk);
    await diskFor("linux/arm64");
    expect((await readdir(dirname(disk))).sort()).toEqual([disk, alive].map((path) => basename(path)).sort());
  });
});

describe("Docker's warning about a platform", () => {
  const cpuinfo = (flags: string) => `processor\t: 0\nflags\t\t: fpu ${flags}\nbugs\t\t:\n`;
  const V2 = "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3";
  const V3 = `${V2} abm avx avx2 bmi1 bmi2 f16c fma movbe`;

  it("names the level of this host's processor", async () => {
    expect(levelOf(cpuinfo(""))).toBeUndefined();
    expect(levelOf(cpuinfo(V2))).toBe("v2");
    expect(levelOf(cpuinfo(V3))).toBe("v3");
    expect(levelOf(cpuinfo(V3.replace("ssse3 ", "")))).toBeUndefined();
    expect(levelOf(cpuinfo(`${V3} avx512bw avx512cd avx512dq avx512f avx512vl`))).toBe("v4");
    const file = join(folder, "cpuinfo");
    await writeFile(file, cpuinfo(V3));
    expect(mismatchWarning("linux/arm64", file)).toBe(
      "The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64/v3) and no specific platform was requested",
    );
  });

  it("is not given for a platform that Docker takes by itself", () => {
    for (const platform of ["linux/amd64", "linux/386"]) expect(mismatchWarning(platform)).toBeUndefined();
  });
});
