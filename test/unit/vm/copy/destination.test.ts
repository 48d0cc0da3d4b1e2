import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpackAt } from "../../../../src/vm/copy/copy.js";
import { parsePath } from "../../../../src/vm/copy/place.js";
import { readTar } from "../../../../src/vm/copy/read-tar.js";
import { writeTar, type Member } from "../../../tree/tar-writer.js";

let folder: string;
let server: Server;
const here = (...parts: string[]) => join(folder, ...parts);
const isRoot = process.getuid?.() === 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-destination-"));
  mkdirSync(here("dir", "sub"), { recursive: true });
  writeFileSync(here("file"), "old");
  for (const [name, target] of [
    ["to-dir", "dir"],
    ["to-file", "file"],
    ["to-link", "to-file"],
    ["dangling", "dir/new"],
    ["lost", "no/where"],
    ["loop", "loop"],
    ["to-null", "/dev/null"],
    ["up", "dir/sub/.."],
  ])
    symlinkSync(target ?? "", here(name ?? ""));
  execFileSync("mkfifo", [here("pipe"), here("dir", "src")]);
  if (isRoot) execFileSync("mknod", [here("device"), "c", "1", "3"]);
  server = createServer().listen(here("socket"));
  await once(server, "listening");
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

// eslint-disable-next-line @typescript-eslint/require-await
async function* pieces(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

const FILE: Member[] = [{ path: "new", type: "0", data: Buffer.from("new") }];
const FOLDER: Member[] = [
  { path: "new/", type: "5", mode: 0o755 },
  { path: "new/in", type: "0", data: Buffer.from("new") },
];

/** Does what `box cp BOX:/new DESTINATION` does with a tar from the box. */
const copy = (what: Member[], destination: string, source = "/new") =>
  unpackAt(
    () => Promise.resolve(readTar(pieces(writeTar(what)))),
    parsePath(source),
    destination.startsWith("/") ? destination : `${folder}/${destination}`,
    { keepOwners: false, warn: () => undefined },
  );

describe("a file copied from a box", () => {
  it.each([
    ["what is not there", "none", "none"],
    ["a file", "file", "file"],
    ["a folder", "dir/sub", "dir/sub/new"],
    ["a folder with a slash", "dir/sub/", "dir/sub/new"],
    ["a link to a folder", "to-dir", "dir/new"],
    ["a link to a directory via another one's parent", "up", "dir/new"],
    ["a link to a file", "to-file", "file"],
    ["a link to such a link", "to-link", "file"],
    ["a dangling link", "dangling", "dir/new"],
    ["a missing file below a link", "to-dir/none", "dir/none"],
  ])("to %s becomes a file there", async (_, destination, becomes) => {
    const links = readdirSync(folder).filter((name) => lstatSync(here(name)).isSymbolicLink());
    await copy(FILE, destination);
    expect(readFileSync(here(becomes), "utf8")).toBe("new");
    expect(lstatSync(here(becomes)).isFile()).toBe(true);
    expect(readdirSync(folder).filter((name) => lstatSync(here(name)).isSymbolicLink())).toEqual(links);
  });

  it.each([
    ["a pipe", "pipe", "got a pipe"],
    ["a socket", "socket", "got a socket"],
    ["a link to a device", "to-null", "got a device"],
    ["a pipe in a folder", "dir", "got a pipe", "/src"],
    ["a link to nowhere", "lost", 'invalid output path: directory "no" does not exist'],
    ["a link to itself", "loop", "too many symbolic links"],
    ["a missing path with a slash", "none/", "does not exist"],
    ["a file with a slash", "file/", "is not a directory"],
    ["what is in no folder", "no/where", "does not exist"],
    ["what is in a file", "file/x", "is not a directory"],
    [
      "a device of the host's",
      "/dev/null",
      '"/dev/null" must be a directory or a regular file: got a device',
    ],
  ])("to %s is rejected, and existing files stay", async (_, destination, why, source = "/new") => {
    const before = readdirSync(folder);
    await expect(copy(FILE, destination, source)).rejects.toThrow(why);
    expect(readdirSync(folder)).toEqual(before);
    expect(readFileSync(here("file"), "utf8")).toBe("old");
    expect(lstatSync(here("pipe")).isFIFO() && lstatSync(here("dir", "src")).isFIFO()).toBe(true);
    expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it.skipIf(!isRoot)("to a device node, or over one in a directory, is rejected", async () => {
    await expect(copy(FILE, "device")).rejects.toThrow("got a device");
    const over: Member[] = [
      { path: "new/", type: "5" },
      { path: "new/device", type: "0" },
    ];
    await expect(copy(over, ".", "/new/.")).rejects.toThrow("got a device");
    expect(lstatSync(here("device")).isCharacterDevice()).toBe(true);
  });
});

describe("a directory copied from a box", () => {
  it.each([
    ["what is not there", "none", "none"],
    ["a folder", "dir", "dir/new"],
    ["a link to a folder", "to-dir", "dir/new"],
    ["a dangling link", "dangling", "dir/new"],
  ])("to %s becomes a directory there", async (_, destination, becomes) => {
    await copy(FOLDER, destination);
    expect(readFileSync(here(becomes, "in"), "utf8")).toBe("new");
    expect(readlinkSync(here("dangling"))).toBe("dir/new");
  });

  it.each([
    ["a file", "file", "is a file: cannot copy a directory to it"],
    ["a link to a file", "to-file", "is a file: cannot copy a directory to it"],
    ["a pipe", "pipe", "got a pipe"],
    ["a link to a device", "to-null", "got a device"],
  ])("to %s is refused", async (_, destination, why) => {
    await expect(copy(FOLDER, destination)).rejects.toThrow(why);
  });

  it("is merged into an existing directory with `/.`", async () => {
    await copy(FOLDER, "to-dir", "/new/.");
    expect(readFileSync(here("dir", "in"), "utf8")).toBe("new");
    expect(readdirSync(here("dir")).sort()).toEqual(["in", "src", "sub"]);
  });
});

it("a file whose content is truncated leaves the existing file, and no temporary file", async () => {
  const tar = writeTar([{ path: "new", type: "0", data: Buffer.alloc(5000, "x") }]);
  const cut = () => Promise.resolve(readTar(pieces(tar.subarray(0, 3000))));
  const how = { keepOwners: false, warn: () => undefined };
  await expect(unpackAt(cut, parsePath("/new"), here("file"), how)).rejects.toThrow("truncated");
  await expect(unpackAt(cut, parsePath("/new"), here("dir", "sub"), how)).rejects.toThrow("truncated");
  expect(readFileSync(here("file"), "utf8")).toBe("old");
  expect(readdirSync(here("dir", "sub"))).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
});

it("a file larger than the free space is rejected before any of it is written", async () => {
  const tar = writeTar([{ path: "new", type: "0", data: Buffer.from("x"), pax: { size: String(2 ** 50) } }]);
  const sent = () => Promise.resolve(readTar(pieces(tar)));
  const how = { keepOwners: false, warn: () => undefined };
  const outcome = unpackAt(sent, parsePath("/new"), here("none"), how);
  await expect(outcome).rejects.toMatchObject({
    code: "disk-full",
    message: expect.stringContaining(here("none")) as string,
  });
  expect(readdirSync(folder)).not.toContain("none");
});

it(
  "a copy is aborted before it fills the disk, even if no single file is too large",
  { tags: "slow" },
  async ({ skip }) => {
    mkdirSync(here("small"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=40m", "box-test", here("small")], {
        stdio: "ignore",
      });
    } catch {
      skip("only root may mount");
    }
    try {
      const files = Array.from({ length: 50 }, (_, number): Member => {
        return { path: `new/${number}`, type: "0", data: Buffer.alloc(2 ** 20, "x") };
      });
      const outcome = copy([{ path: "new/", type: "5" }, ...files], "small");
      await expect(outcome).rejects.toMatchObject({ code: "disk-full" });
      const { bavail, bsize, blocks } = statfsSync(here("small"));
      expect(bavail / blocks).toBeGreaterThan(0.01);
      // Every file that exists is complete.
      for (const name of readdirSync(here("small", "new")))
        expect(lstatSync(here("small", "new", name)).size).toBe(2 ** 20);
      expect(bavail * bsize).toBeLessThan(10 * 2 ** 20);
    } finally {
      execFileSync("umount", [here("small")]);
    }
  },
);
