import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Home } from "../../../src/host/home.js";
import { verifyRuntimeFiles } from "../../../src/vm/verify-files.js";

let folder: string;
let home: Home;
let files: { libkrun: string; kernel: string; bootDisk: string };

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");
const list = (digests: Record<string, string>) =>
  writeFile(join(folder, "parts", "sha256.json"), JSON.stringify(digests));
const remembered = () => readFile(join(home.folder, "verified-files"), "utf8").catch(() => "");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-verify-"));
  home = { folder: join(folder, "home"), env: {} };
  const part = (name: string) => join(folder, "parts", name);
  files = { libkrun: part("libkrun.so.1"), kernel: part("kernel.elf"), bootDisk: part("boot.erofs") };
  for (const name of ["home", "parts"]) await mkdir(join(folder, name));
  for (const path of Object.values(files)) await writeFile(path, "whole");
  const whole = digestOf("whole");
  await list({ "libkrun.so.1": whole, "kernel.elf": whole, "boot.erofs": whole });
});
afterEach(() => rm(folder, { recursive: true }));

describe("runtime files of a package", () => {
  it("are hashed once, and recognized by their metadata afterwards", async () => {
    await verifyRuntimeFiles(home, files);
    const first = await remembered();
    expect(first.trimEnd().split("\n")).toHaveLength(3);
    await verifyRuntimeFiles(home, files);
    expect(await remembered()).toBe(first);
  });

  it("are rejected by name if their digest differs from the package's", async () => {
    await appendFile(files.kernel, "!");
    await expect(verifyRuntimeFiles(home, files)).rejects.toMatchObject({
      code: "engine-damaged",
      message: `${files.kernel} is not the file that came with box`,
      hint: expect.stringContaining("reinstall box") as string,
    });
    expect(await remembered()).toBe("");
  });

  it("are hashed again after a change that keeps size and modification time", async () => {
    await verifyRuntimeFiles(home, files);
    const { atime, mtime } = await stat(files.bootDisk);
    await writeFile(files.bootDisk, "wh0le");
    await utimes(files.bootDisk, atime, mtime);
    await expect(verifyRuntimeFiles(home, files)).rejects.toMatchObject({ code: "engine-damaged" });
  });

  it("are hashed again if replaced by another file", async () => {
    await verifyRuntimeFiles(home, files);
    await writeFile(join(folder, "other"), "other");
    await rename(join(folder, "other"), files.libkrun);
    await expect(verifyRuntimeFiles(home, files)).rejects.toMatchObject({ code: "engine-damaged" });
  });

  it("are checked against the digests of a newer package", async () => {
    await verifyRuntimeFiles(home, files);
    await list({ "kernel.elf": digestOf("newer") });
    await expect(verifyRuntimeFiles(home, files)).rejects.toMatchObject({ code: "engine-damaged" });
  });

  it.each(["", "null", "[1]", '{"kernel.elf":{}}', "{"])(
    "are rejected if the list of digests is %j",
    async (text) => {
      const path = join(folder, "parts", "sha256.json");
      await writeFile(path, text);
      await expect(verifyRuntimeFiles(home, files)).rejects.toMatchObject({
        code: "engine-damaged",
        message: `${path} is not the file that came with box`,
      });
    },
  );

  it("are not verified with a record that is not a file", async () => {
    execFileSync("mkfifo", [join(home.folder, "verified-files")]);
    await expect(verifyRuntimeFiles(home, files)).rejects.toMatchObject({ code: "store-unreadable" });
  });

  it("are all hashed without a home, and nothing is recorded", async () => {
    await verifyRuntimeFiles(home, files);
    const { atime, mtime } = await stat(files.kernel);
    await verifyRuntimeFiles(undefined, files);
    await writeFile(files.kernel, "wh0le");
    await utimes(files.kernel, atime, mtime);
    await expect(verifyRuntimeFiles(undefined, files)).rejects.toMatchObject({ code: "engine-damaged" });
  });

  it("stay on record if two installations share a home directory", async () => {
    const other = join(folder, "other");
    await mkdir(other);
    await writeFile(join(other, "kernel.elf"), "other");
    await writeFile(join(other, "sha256.json"), JSON.stringify({ "kernel.elf": digestOf("other") }));
    await verifyRuntimeFiles(home, files);
    await verifyRuntimeFiles(home, { ...files, kernel: join(other, "kernel.elf") });
    const all = await remembered();
    await verifyRuntimeFiles(home, files);
    expect(await remembered()).toBe(all);
  });
});

it("does not check files without a known digest", async () => {
  await rm(join(folder, "parts", "sha256.json"));
  await verifyRuntimeFiles(home, files);
  expect(await remembered()).toBe("");
});
