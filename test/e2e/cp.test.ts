import { execFileSync, spawn } from "node:child_process";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { awaitLog, box, runDetached } from "./box.js";
import { BUSYBOX } from "./images.js";

let id: string;
let folder: string;
const here = (...parts: string[]) => join(folder, ...parts);
const inBox = async (script: string) => (await box(["exec", id, "sh", "-c", script])).stdout;
const cp = (...args: string[]) => box(["cp", "-q", ...args]);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-cp-"));
  mkdirSync(here("tree", "deep"), { recursive: true });
  writeFileSync(here("tree", "deep", "script"), "#!/bin/sh\n", { mode: 0o751 });
  writeFileSync(here("tree", "n".repeat(200)), "long");
  symlinkSync("/etc/hostname", here("tree", "link"));
  const script =
    "mkdir /work; ln -s /work /into; ln -s ../../../../work/up /work/out; echo up; exec sleep 10000";
  id = await runDetached(["-h", "crate", "--tmpfs", "/scratch", BUSYBOX, "sh", "-c", script]);
  await awaitLog(id, "up");
});
afterAll(async () => {
  await box(["rm", "-f", id]);
  rmSync(folder, { recursive: true, force: true });
});

describe("box cp into a box", () => {
  it("puts files where docker cp would, owned by root", async () => {
    expect(await cp(here("tree"), `${id}:/work/new`)).toEqual(
      expect.objectContaining({ code: 0, stderr: "" }),
    );
    expect(await cp(here("tree"), `${id}:/into`)).toMatchObject({ code: 0 });
    expect(await cp(`${here("tree")}/.`, `${id}:/scratch/`)).toMatchObject({ code: 0 });
    expect(await cp(here("tree", "deep", "script"), `${id}:work/other`)).toMatchObject({ code: 0 });
    const shown = await inBox(
      "stat -c '%n %a %u:%g' /work/new/deep/script /work/tree/deep/script /scratch/deep/script /work/other; " +
        `readlink /work/new/link; cat /scratch/${"n".repeat(200)}`,
    );
    expect(shown).toBe(
      "/work/new/deep/script 751 0:0\n/work/tree/deep/script 751 0:0\n/scratch/deep/script 751 0:0\n" +
        "/work/other 751 0:0\n/etc/hostname\nlong",
    );
  });

  it("overwrites a mounted file with a megabyte, and refuses impossible destinations", async () => {
    writeFileSync(here("large"), Buffer.alloc(3_000_001, "x"));
    expect(await cp(here("large"), `${id}:/etc/hosts`)).toMatchObject({ code: 0 });
    expect(await inBox("wc -c < /etc/hosts")).toBe("3000001\n");
    const [missing, onFile, slash, gone] = await Promise.all([
      cp(here("nothing"), `${id}:/work`),
      cp(here("tree"), `${id}:/etc/hostname`),
      cp(here("large"), `${id}:/work/nowhere/`),
      cp(here("large"), `${id}:/no/where`),
    ]);
    expect([missing.code, onFile.code, slash.code, gone.code]).toEqual([1, 1, 1, 1]);
    expect(missing.stderr).toContain("no such file or directory");
    expect(onFile.stderr).toContain("is a file: cannot copy a directory to it");
    expect(slash.stderr).toContain("/work/nowhere/ does not exist");
    expect(gone.stderr).toContain("cannot enter /no: No such file or directory");
  });

  it("copies names that are not valid UTF-8, hard links and FIFOs, and whatever it can of a changing tree", async () => {
    mkdirSync(here("odd"));
    // Node cannot remove names that are not valid UTF-8.
    onTestFinished(() => void execFileSync("rm", ["-r", here("odd")]));
    writeFileSync(Buffer.concat([Buffer.from(`${here("odd")}/`), Buffer.from([0x61, 0xff])]), "odd");
    writeFileSync(here("odd", "one"), "one");
    linkSync(here("odd", "one"), here("odd", "two"));
    execFileSync("mkfifo", [here("odd", "pipe")]);
    const changing = `cd "$1" && while :; do rm -f gone; echo gone > gone; done`;
    const other = spawn("sh", ["-c", changing, "sh", here("odd")], { stdio: "ignore" });
    try {
      for (let round = 0; round < 5; round++)
        expect(await cp(here("odd"), `${id}:/work/odd${round}`)).toMatchObject({ code: 0 });
    } finally {
      other.kill("SIGKILL");
    }
    const shown = await inBox("cd /work/odd4; cat a?; test -p pipe && stat -c ' %h' one | cat; cat two");
    expect(shown).toBe("odd 2\none");
  });

  it("unpacks a tar from stdin with its owners, never outside the box's root", async () => {
    const made = ["--owner=1000", "--group=7", "-C", here("tree"), "-c", "."];
    const input = execFileSync("tar", made);
    expect(await box(["cp", "-", `${id}:/work`], { input })).toMatchObject({ code: 0, stderr: "" });
    expect(await inBox("stat -c '%u:%g' /work /work/deep/script")).toBe("0:0\n1000:7\n");
    const up = execFileSync("tar", ["-P", "--transform=s,^,../,", "-C", here("tree"), "-c", "deep"]);
    const { code, stderr } = await box(["cp", "-", `${id}:/work`], { input: up });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("leads outside of the destination") as string,
    });
    expect(await box(["cp", "-", `${id}:/work`], { input: "no tar" })).toMatchObject({ code: 1 });
  });

  it("unpacks compressed tars, and reports one that is cut short", async () => {
    const tar = execFileSync("tar", ["-C", here("tree", "deep"), "-c", "script"]);
    await inBox("mkdir /work/gzip /work/xz /work/cut");
    const input = gzipSync(tar);
    expect(await box(["cp", "-", `${id}:/work/gzip`], { input })).toMatchObject({ code: 0, stderr: "" });
    expect(await inBox("cat /work/gzip/script")).toBe("#!/bin/sh\n");
    expect(await box(["cp", "-", `${id}:/work/cut`], { input: input.subarray(0, -20) })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("decompression failed") as string,
    });
    const xz = execFileSync("xz", ["-c"], { input: tar });
    expect(await box(["cp", "-", `${id}:/work/xz`], { input: xz })).toMatchObject({ code: 0, stderr: "" });
    expect(await inBox("cat /work/xz/script")).toBe("#!/bin/sh\n");
    expect(await box(["cp", "-", `${id}:/work/cut`], { input: xz.subarray(0, -20) })).toMatchObject({
      code: 1,
      stderr: "box: cannot read the tar: decompression failed: Unexpected end of input\n",
    });
  });

  it("follows a dangling link to the place that it names, and refuses one to a missing directory", async () => {
    await inBox(
      "cd /work; ln -s /scratch/landed dangling; ln -s dangling again; ln -s /no/where lost; ln -s loop loop",
    );
    const script = here("tree", "deep", "script");
    expect(await cp(script, `${id}:/work/again`)).toMatchObject({ code: 0, stderr: "" });
    expect(await inBox("cat /scratch/landed; readlink /work/again; readlink /work/dangling")).toBe(
      "#!/bin/sh\ndangling\n/scratch/landed\n",
    );
    for (const link of ["lost", "loop"])
      expect(await cp(script, `${id}:/work/${link}`)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`/work/${link}: `) as string,
      });
    expect(await inBox("readlink /work/lost; readlink /work/loop")).toBe("/no/where\nloop\n");
  });
});

describe("box cp out of a box", () => {
  it("preserves files, directories and links, owned by the caller", async () => {
    await inBox(
      "mkdir -p /src/sub && echo a > /src/sub/a && chmod 4755 /src/sub/a && chown -R 5:5 /src && " +
        "ln /src/sub/a /src/hard && ln -s sub /src/link && mkfifo /src/pipe && chmod 500 /src/sub",
    );
    const { code, stderr } = await cp(`${id}:/src`, here("copy"));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('skipping "src/pipe"') as string,
    });
    expect(readFileSync(here("copy", "hard"), "utf8")).toBe("a\n");
    const status = lstatSync(here("copy", "sub", "a"));
    expect([status.mode & 0o7777, status.uid, status.nlink]).toEqual([0o755, process.getuid?.(), 2]);
    expect(readlinkSync(here("copy", "link"))).toBe("sub");
    expect(await cp(`${id}:/src/link`, here("as-link"))).toMatchObject({ code: 0 });
    expect(await cp("-L", `${id}:/src/link`, here("as-folder"))).toMatchObject({ code: 0 });
    expect(readlinkSync(here("as-link"))).toBe("sub");
    expect(readFileSync(here("as-folder", "a"), "utf8")).toBe("a\n");
  });

  it("reads files that the kernel generates, whatever size they seem to have", async () => {
    for (const path of ["/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/1/limits"])
      expect(await cp(`${id}:${path}`, here("generated"))).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(here("generated"), "utf8")).toMatch(/^Limit .*\n(.*\n)+$/);
    expect(await cp(`${id}:/proc/sys/kernel/random`, here("random"))).toMatchObject({ code: 0 });
    expect(readFileSync(here("random", "boot_id"), "utf8")).toBe(
      await inBox("cat /proc/sys/kernel/random/boot_id"),
    );
  });

  it("writes a tar to stdout, and never follows a link at the destination", async () => {
    const { raw } = await box(["cp", `${id}:/src/sub`, "-"]);
    expect(execFileSync("tar", ["-t"], { input: raw }).toString()).toBe("sub/\nsub/a\n");
    mkdirSync(here("trap"));
    mkdirSync(here("outside"));
    symlinkSync(here("outside"), here("trap", "src"));
    const { code, stderr } = await cp(`${id}:/src`, here("trap"));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("is not a directory") as string,
    });
    const device = await cp(`${id}:/src/hard`, "/dev/null");
    expect(device).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("must be a directory or a regular file: got a device") as string,
    });
    expect(await cp(`${id}:/nothing`, here("x"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Could not find the file /nothing in container ${id}`) as string,
    });
  });
});
