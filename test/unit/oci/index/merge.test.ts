import { describe, expect, test } from "vitest";
import { mergeLayers } from "../../../../src/oci/index/merge.js";
import type { Inode } from "../../../../src/oci/index/tree.js";
import { indexTar } from "../../../tree/index-layers.js";
import { type Member, writeTar } from "../../../tree/tar-writer.js";

const file = (path: string, uid = 0): Member => ({ path, type: "0", uid });
const folder = (path: string, mode = 0o755): Member => ({ path, type: "5", mode });
const symlink = (path: string, linkTarget: string): Member => ({ path, type: "2", linkTarget });
const link = (path: string, linkTarget: string): Member => ({ path, type: "1", linkTarget });
const whiteout = (path: string): Member => ({
  path: path.replace(/[^/]*$/, (name) => `.wh.${name}`),
  type: "0",
});
const opaque = (path: string): Member => ({ path: `${path}/.wh..wh..opq`, type: "0" });

const merge = (...layers: Member[][]): Inode =>
  mergeLayers(layers.map((members) => indexTar(writeTar(members))));

/** All paths of a tree, folders with a slash. */
function paths(root: Inode, at = ""): string[] {
  return [...(root.children ?? [])].flatMap(([name, { inode }]) =>
    inode.children === undefined ? [`${at}${name}`] : [`${at}${name}/`, ...paths(inode, `${at}${name}/`)],
  );
}

function find(root: Inode, path: string): Inode | undefined {
  return path.split("/").reduce<Inode | undefined>((inode, name) => inode?.children?.get(name)?.inode, root);
}

describe("whiteouts", () => {
  const lower = [folder("d"), file("d/a"), file("d/b"), folder("d/sub"), file("d/sub/deep"), file("top")];

  test("hide a name of lower layers, with all below it", () => {
    expect(paths(merge(lower, [whiteout("d/sub"), whiteout("top")]))).toEqual(["d/", "d/a", "d/b"]);
  });

  test.each([
    ["before", [whiteout("d/a"), file("d/a", 7)]],
    ["after", [file("d/a", 7), whiteout("d/a")]],
  ])("do not hide what their own layer has %s them", (_, upper) => {
    expect(find(merge(lower, upper), "d/a")?.entry.uid).toBe(7);
  });

  test.each([
    ["before", [opaque("d"), file("d/new"), folder("d/sub"), file("d/sub/new")]],
    ["after", [file("d/new"), folder("d/sub"), file("d/sub/new"), opaque("d")]],
  ])("an opaque folder keeps only what its own layer has %s the mark", (_, upper) => {
    expect(paths(merge(lower, upper)).sort()).toEqual(["d/", "d/new", "d/sub/", "d/sub/new", "top"]);
  });

  test("a whiteout of a folder that its own layer has as well leaves that layer's part", () => {
    expect(paths(merge(lower, [folder("d"), file("d/new"), whiteout("d")]))).toEqual(["d/", "d/new", "top"]);
  });

  test("of what is not there, and AUFS's own names, mean nothing", () => {
    expect(paths(merge([file("a")], [whiteout("x/y"), whiteout("b"), file(".wh..wh.plnk")]))).toEqual(["a"]);
  });

  test("follow a link on the way, but hide the link itself at the end", () => {
    const tree = merge([folder("real"), file("real/a"), symlink("ln", "real")], [whiteout("ln/a")]);
    expect(paths(tree)).toEqual(["real/", "ln"]);
    expect(paths(merge([folder("real"), symlink("ln", "real")], [whiteout("ln")]))).toEqual(["real/"]);
  });

  test.each(["", ".", ".."])("of %j are refused", (name) => {
    expect(() => merge([{ path: `d/.wh.${name}`, type: "0" }])).toThrow(/whiteout of/);
  });
});

describe("replacing", () => {
  test("a folder over a folder keeps the content and takes the attributes", () => {
    const tree = merge([folder("d", 0o700), file("d/a")], [folder("d", 0o1777)]);
    expect(paths(tree)).toEqual(["d/", "d/a"]);
    expect(find(tree, "d")?.entry.mode).toBe(0o1777);
  });

  test("file over folder and folder over file", () => {
    const tree = merge([folder("a"), file("a/x"), file("b")], [file("a"), folder("b"), file("b/y")]);
    expect(paths(tree).sort()).toEqual(["a", "b/", "b/y"]);
  });

  test("the last of repeated entries counts", () => {
    expect(find(merge([file("a", 1), file("./a", 2), file("/a", 3)]), "a")?.entry.uid).toBe(3);
  });

  test("a file inside a file is an error that names both", () => {
    expect(() => merge([file("a")], [file("a/b")])).toThrow('"a/b" needs "a" to be a folder');
  });

  test("the root takes attributes and stays a folder", () => {
    expect(merge([folder("./", 0o711)]).entry.mode).toBe(0o711);
    expect(() => merge([symlink("/", "elsewhere")])).toThrow(/root folder/);
  });
});

describe("hard links", () => {
  test("share the inode, also of a lower layer", () => {
    const tree = merge([file("a", 9)], [link("b", "a"), link("c", "./b")]);
    expect(find(tree, "b")).toBe(find(tree, "a"));
    expect(find(tree, "c")).toBe(find(tree, "a"));
  });

  test("outlive the name that they were made of", () => {
    expect(find(merge([file("a", 9), link("b", "a")], [whiteout("a")]), "b")?.entry.uid).toBe(9);
  });

  test("of a symbolic link share the link", () => {
    expect(find(merge([symlink("ln", "x"), link("b", "ln")]), "b")?.entry.linkTarget).toBe("x");
  });

  test("of nothing, or of a folder, are errors that name them", () => {
    expect(() => merge([link("b", "missing")])).toThrow(
      '"b" is a hard link to "missing", which is not there',
    );
    expect(() => merge([folder("d"), link("b", "d")])).toThrow(/which is a folder/);
    expect(() => merge([file("a"), link("a", "a")])).toThrow(/which is not there/);
  });
});

describe("paths", () => {
  test("missing parents are made: 0755, root", () => {
    expect(find(merge([file("x/y/z", 5)]), "x/y")?.entry).toMatchObject({ mode: 0o755, uid: 0, gid: 0 });
  });

  test("missing parents in a folder with the setgid bit have that and its group, as mkdir(2) gives them", () => {
    const parent: Member = { ...folder("x"), mode: 0o2755, gid: 8 };
    expect(find(merge([parent, file("x/y/z/file")]), "x/y/z")?.entry).toMatchObject({
      mode: 0o2755,
      uid: 0,
      gid: 8,
    });
  });

  test.each(["../../a", "/../a", "x/../../a", "./.././a"])("%s stays inside the root", (path) => {
    expect(paths(merge([file(path)]))).toEqual(["a"]);
  });

  test("a parent that is a link is followed, absolute, upward or to what is not there yet", () => {
    const tree = merge([
      folder("usr"),
      symlink("abs", "/usr"),
      symlink("up", "../../../usr"),
      symlink("new", "made/here"),
      file("abs/1"),
      file("up/2"),
      file("new/3"),
    ]);
    expect(paths(tree)).toEqual([
      "usr/",
      "usr/1",
      "usr/2",
      "abs",
      "up",
      "new",
      "made/",
      "made/here/",
      "made/here/3",
    ]);
  });

  test("a loop of links is an error", () => {
    expect(() => merge([symlink("a", "b"), symlink("b", "a"), file("a/x")])).toThrow(
      /too many symbolic links/,
    );
  });

  test("a name of more than 255 bytes is an error", () => {
    expect(() => merge([file("n".repeat(256))])).toThrow(/256 bytes/);
  });

  test("folders that links make ever deeper are an error, not an overflow", () => {
    const deep = "d/".repeat(1500);
    expect(() => merge([folder(deep), symlink("l", deep), folder(`l/${deep}`)])).toThrow(/nest deeper/);
  });
});

test("a character device 0/0 replaces what was there and is left out: overlayfs would hide it", () => {
  expect(paths(merge([file("a"), file("b")], [{ path: "a", type: "3" }]))).toEqual(["b"]);
});
