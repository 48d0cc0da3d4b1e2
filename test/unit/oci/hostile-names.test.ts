import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  file,
  folder,
  home,
  imageOf,
  link,
  OUTSIDE,
  pull,
  refusal,
  symlink,
  unpack,
} from "../../registry/hostile.js";
import type { Member } from "../../tree/tar-writer.js";

describe("names that lead out of the image are resolved inside it", () => {
  it.each<[string, Member[]]>([
    ["an absolute name", [file("/etc/cron.d/evil")]],
    ["a name with ..", [file(`${OUTSIDE}etc/cron.d/evil`)]],
    ["a name through a symbolic link upwards", [symlink("up", OUTSIDE), file("up/etc/cron.d/evil")]],
    ["a name through an absolute symbolic link", [symlink("root", "/"), file("root/etc/cron.d/evil")]],
    [
      "a name through several links",
      [symlink("a", "b"), symlink("b", `${OUTSIDE}c`), symlink("c", "/etc"), file("a/cron.d/evil")],
    ],
    [
      "a hard link to the target of a symbolic link",
      [symlink("up", OUTSIDE), file("etc/victim"), link("etc/cron.d/evil", "up/etc/victim")],
    ],
  ])("%s", async (_, members) => {
    const tree = await unpack(imageOf(members));
    expect(await readFile(join(tree, "etc/cron.d/evil"), "utf8")).toBe("x");
  });

  it("keeps the target of a symbolic link, which only the box follows", async () => {
    const { disk } = await pull(imageOf([symlink("passwd", "/etc/passwd"), symlink("up", OUTSIDE)]));
    expect(disk).toContain(home);
  });
});

it.skipIf(process.getuid?.() !== 0)(
  "keeps devices, setuid, setgid and sticky bits, and owners, and the last entry of a repeated name",
  async () => {
    const tree = await unpack(
      imageOf([
        { ...file("su"), mode: 0o6755, uid: 12, gid: 34 },
        { ...folder("tmp"), mode: 0o1777 },
        { path: "mem", type: "3", major: 1, minor: 1, mode: 0o666 },
        { path: "sda", type: "4", major: 8, minor: 0, mode: 0o666 },
        { path: "fifo", type: "6" },
        file("twice", "first"),
        folder("twice"),
        file("twice", "last"),
      ]),
    );
    expect(await lstat(join(tree, "su"))).toMatchObject({ mode: 0o106755, uid: 12, gid: 34 });
    expect((await lstat(join(tree, "tmp"))).mode).toBe(0o041777);
    expect(await lstat(join(tree, "mem"))).toMatchObject({ mode: 0o020666, rdev: 0x101 });
    expect(await lstat(join(tree, "sda"))).toMatchObject({ mode: 0o060666, rdev: 0x800 });
    expect((await lstat(join(tree, "fifo"))).isFIFO()).toBe(true);
    expect(await readFile(join(tree, "twice"), "utf8")).toBe("last");
  },
);

it("lets the last of conflicting entries replace the others and everything below them, in one layer or two", async () => {
  const tree = await unpack(
    imageOf(
      [
        folder("was-folder"),
        file("was-folder/a"),
        file("was-file"),
        symlink("was-link", "was-folder"),
        folder("also-folder"),
        file("also-folder/a"),
      ],
      [
        file("was-folder", "file"),
        folder("was-file"),
        file("was-file/a", "below"),
        folder("was-link"),
        file("in-one", "file"),
        folder("in-one"),
        file("in-one/a", "below"),
        symlink("also-folder", "was-file"),
      ],
    ),
  );
  expect(await readFile(join(tree, "was-folder"), "utf8")).toBe("file");
  expect(await readFile(join(tree, "was-file/a"), "utf8")).toBe("below");
  expect((await lstat(join(tree, "was-link"))).isDirectory()).toBe(true);
  expect(await readdir(join(tree, "was-link"))).toEqual([]);
  expect(await readFile(join(tree, "in-one/a"), "utf8")).toBe("below");
  expect((await lstat(join(tree, "also-folder"))).isSymbolicLink()).toBe(true);
});

it("keeps names of 255 bytes, with every byte that Linux allows, and in any language", async () => {
  const odd = Buffer.from(Array.from({ length: 255 }, (_, i) => (i + 1 === 0x2f ? 0x2e : i + 1))).toString(
    "latin1",
  );
  const names = ["n".repeat(255), odd, Buffer.from("日本語/ünï/🦊").toString("latin1")];
  const tree = await unpack(imageOf(names.map((path) => file(path))));
  const listed = await readdir(tree, { encoding: "buffer" });
  expect(listed.map((name) => name.toString("latin1")).sort()).toEqual(
    [names[0], odd, Buffer.from("日本語").toString("latin1")].sort(),
  );
  expect(await readFile(join(tree, "日本語/ünï/🦊"), "utf8")).toBe("x");
});

/** Repeats a path component. */
const pathOf = (parts: number, part: string) => `${part}/`.repeat(parts);

describe("refuses a layer, naming its number and the reason, that has", () => {
  type Hostile = [title: string, layers: Member[][], reason: RegExp];
  async function refuses(...[, layers, reason]: Hostile): Promise<void> {
    const { code, message } = await refusal(imageOf(...layers));
    expect(message).toMatch(reason);
    expect(code).toBe("bad-layer");
  }

  it.each<Hostile>([
    [
      "a file below a file",
      [[file("a"), file("a/b")]],
      /^layer 1 of 1: cannot create "a\/b": "a" is not a directory$/,
    ],
    [
      "a file below a file of a lower layer",
      [[file("a")], [file("a/b")]],
      /^layer 2 of 2: cannot create "a\/b": "a" is/,
    ],
    [
      "a hard link out of the image",
      [[link("b", `${OUTSIDE}etc/passwd`)]],
      /^layer 1 of 1: "b" is a hard link to .*does not exist$/,
    ],
    [
      "a hard link to itself",
      [[link("b", "b")]],
      /^layer 1 of 1: "b" is a hard link to "b", which does not exist$/,
    ],
    ["a hard link to a directory", [[folder("d"), link("b", "d")]], /^layer 1 of 1: .*is a directory$/],
    [
      "a loop of links",
      [[file("x")], [symlink("a", "b"), symlink("b", "a"), file("a/x")]],
      /^layer 2 of 2: too many levels of symbolic links/,
    ],
    [
      "a symbolic link as the root",
      [[symlink("./", "/tmp")]],
      /^layer 1 of 1: the entry for the root directory has the type symlink$/,
    ],
    ["a name of 256 bytes", [[file("n".repeat(256))]], /^layer 1 of 1: file name too long \(256 bytes/],
    [
      "a directory name of 256 bytes",
      [[file(`${"n".repeat(256)}/x`)]],
      /^layer 1 of 1: file name too long \(256 bytes/,
    ],
    [
      "a directory name longer than a block",
      [[file(`${"n".repeat(900)}/x`)]],
      /^layer 1 of 1: file name too long \(900 bytes/,
    ],
    [
      "a link target with a name of 256 bytes",
      [[symlink("l", "n".repeat(256)), file("l/x")]],
      /^layer 1 of 1: file name too long \(256 bytes/,
    ],
    [
      "extremely deep directories",
      [[symlink("l", pathOf(1500, "d")), file(`l/${pathOf(1500, "d")}x`)]],
      /^layer 1 of 1: directories nested more than 2048 deep/,
    ],
    ["a whiteout of the parent directory", [[file("d/.wh...")]], /^layer 1 of 1: invalid whiteout of/],
    [
      "an attribute that is too large for any file system",
      [[file("ok")], [{ ...file("a"), xattrs: { "user.x": Buffer.alloc(70_000, 1) } }]],
      /^layer 2: extended attribute "user.x" of "a" is too large$/,
    ],
  ])("%s", refuses);

  it.each<Hostile>([
    [
      "too many attributes",
      [
        [
          {
            ...file("a"),
            xattrs: Object.fromEntries(
              Array.from({ length: 20_000 }, (_, i) => [`user.attribute-${i}`, Buffer.from("x")]),
            ),
          },
        ],
      ],
      /^layer 1: extended attribute .* of "a" is too large$/,
    ],
    [
      "names that lead through hundreds of links each",
      [
        [
          ...Array.from({ length: 254 }, (_, i) => symlink(`l${i}`, `${pathOf(1900, ".")}l${i + 1}`)),
          ...Array.from({ length: 1000 }, (_, i) => file(`l0/${i}`)),
        ],
      ],
      /^layer 1 of 1: resolving links, whiteouts and deep paths takes more than 100000000 steps$/,
    ],
  ])("%s", { tags: "slow" }, refuses);

  // test/unit/oci/index/merge.test.ts shows the same with lower limits.
  it.each<Hostile>([
    [
      "a few entries that imply millions of directories",
      [Array.from({ length: 1100 }, (_, i) => file(`${i}/${pathOf(2000, "d")}x`))],
      /^layer 1 of 1: the image has more than 2000000 files and directories$/,
    ],
    [
      "opaque whiteouts that empty a large directory over and over",
      [
        [
          ...Array.from({ length: 20_000 }, (_, i) => file(`${i}`)),
          ...Array.from({ length: 5500 }, () => file(".wh..wh..opq")),
        ],
      ],
      /^layer 1 of 1: resolving links, whiteouts and deep paths takes/,
    ],
  ])("%s", { tags: "full" }, refuses);
});

it("keeps a sparse file of petabytes, but refuses it if the disk would be larger than 2 TiB", async () => {
  const size = 2 ** 52;
  const huge = (segments: number): Member => ({
    path: "huge",
    type: "0",
    data: Buffer.alloc(segments, 1),
    sparse: {
      size,
      segments: Array.from({ length: segments }, (_, i) => ({ offset: 1 + i * 2 ** 40, length: 1 })),
    },
  });
  await pull(imageOf([huge(2)]));
  expect(await refusal(imageOf([huge(40)]))).toMatchObject({
    code: "image-too-large",
    message: expect.stringContaining("the maximum is 2 TiB") as string,
  });
});
