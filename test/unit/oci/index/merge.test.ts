import { describe, expect, test } from "vitest";
import { createMergeBudget } from "../../../../src/oci/index/merge-budget.js";
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

/** Lists the paths of a tree, directories with a slash. */
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

  test("remove a name of lower layers and everything below it", () => {
    expect(paths(merge(lower, [whiteout("d/sub"), whiteout("top")]))).toEqual(["d/", "d/a", "d/b"]);
  });

  test.each([
    ["before", [whiteout("d/a"), file("d/a", 7)]],
    ["after", [file("d/a", 7), whiteout("d/a")]],
  ])("do not remove what their own layer has %s them", (_, upper) => {
    expect(find(merge(lower, upper), "d/a")?.entry.uid).toBe(7);
  });

  test.each([
    ["before", [opaque("d"), file("d/new"), folder("d/sub"), file("d/sub/new")]],
    ["after", [file("d/new"), folder("d/sub"), file("d/sub/new"), opaque("d")]],
  ])("keep, in an opaque directory, only what its own layer has %s the whiteout", (_, upper) => {
    expect(paths(merge(lower, upper)).sort()).toEqual(["d/", "d/new", "d/sub/", "d/sub/new", "top"]);
  });

  test("keep the part of a directory that comes from their own layer", () => {
    expect(paths(merge(lower, [folder("d"), file("d/new"), whiteout("d")]))).toEqual(["d/", "d/new", "top"]);
  });

  test("are ignored for names that do not exist, as are AUFS's own names", () => {
    expect(paths(merge([file("a")], [whiteout("x/y"), whiteout("b"), file(".wh..wh.plnk")]))).toEqual(["a"]);
  });

  test("follow links within a path, but remove a link that is its last component", () => {
    const tree = merge([folder("real"), file("real/a"), symlink("ln", "real")], [whiteout("ln/a")]);
    expect(paths(tree)).toEqual(["real/", "ln"]);
    expect(paths(merge([folder("real"), symlink("ln", "real")], [whiteout("ln")]))).toEqual(["real/"]);
  });

  test.each(["", ".", ".."])("are refused for the name %j", (name) => {
    expect(() => merge([{ path: `d/.wh.${name}`, type: "0" }])).toThrow(/whiteout of/);
  });
});

describe("a later entry", () => {
  test("for a directory keeps its content and replaces its attributes", () => {
    const tree = merge([folder("d", 0o700), file("d/a")], [folder("d", 0o1777)]);
    expect(paths(tree)).toEqual(["d/", "d/a"]);
    expect(find(tree, "d")?.entry.mode).toBe(0o1777);
  });

  test("replaces a directory with a file, and a file with a directory", () => {
    const tree = merge([folder("a"), file("a/x"), file("b")], [file("a"), folder("b"), file("b/y")]);
    expect(paths(tree).sort()).toEqual(["a", "b/", "b/y"]);
  });

  test("with the same name in the same layer wins", () => {
    expect(find(merge([file("a", 1), file("./a", 2), file("/a", 3)]), "a")?.entry.uid).toBe(3);
  });

  test("below a file is refused, naming both", () => {
    expect(() => merge([file("a")], [file("a/b")])).toThrow('cannot create "a/b": "a" is not a directory');
  });

  test("for the root replaces its attributes, but must be a directory", () => {
    expect(merge([folder("./", 0o711)]).entry.mode).toBe(0o711);
    expect(() => merge([symlink("/", "elsewhere")])).toThrow(/root directory/);
  });
});

describe("hard links", () => {
  test("share the inode, even with a lower layer", () => {
    const tree = merge([file("a", 9)], [link("b", "a"), link("c", "./b")]);
    expect(find(tree, "b")).toBe(find(tree, "a"));
    expect(find(tree, "c")).toBe(find(tree, "a"));
  });

  test("outlive the name that they link to", () => {
    expect(find(merge([file("a", 9), link("b", "a")], [whiteout("a")]), "b")?.entry.uid).toBe(9);
  });

  test("to a symbolic link share the link itself", () => {
    expect(find(merge([symlink("ln", "x"), link("b", "ln")]), "b")?.entry.linkTarget).toBe("x");
  });

  test("to a missing name or a directory are refused, naming both", () => {
    expect(() => merge([link("b", "missing")])).toThrow(
      '"b" is a hard link to "missing", which does not exist',
    );
    expect(() => merge([folder("d"), link("b", "d")])).toThrow(/which is a directory/);
    expect(() => merge([file("a"), link("a", "a")])).toThrow(/which does not exist/);
  });
});

describe("paths", () => {
  test("creates missing parents with mode 0755, owned by root", () => {
    expect(find(merge([file("x/y/z", 5)]), "x/y")?.entry).toMatchObject({ mode: 0o755, uid: 0, gid: 0 });
  });

  test("creates missing parents below a setgid directory with that bit and its group, as mkdir(2) does", () => {
    const parent: Member = { ...folder("x"), mode: 0o2755, gid: 8 };
    expect(find(merge([parent, file("x/y/z/file")]), "x/y/z")?.entry).toMatchObject({
      mode: 0o2755,
      uid: 0,
      gid: 8,
    });
  });

  test.each(["../../a", "/../a", "x/../../a", "./.././a"])("keeps %s inside the root", (path) => {
    expect(paths(merge([file(path)]))).toEqual(["a"]);
  });

  test("follows parents that are links: absolute, upward, or to names that do not exist yet", () => {
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

  test("refuses a loop of links", () => {
    expect(() => merge([symlink("a", "b"), symlink("b", "a"), file("a/x")])).toThrow(
      /too many levels of symbolic links/,
    );
  });

  test("refuses a name of more than 255 bytes", () => {
    expect(() => merge([file("n".repeat(256))])).toThrow(/256 bytes/);
  });

  test("refuses directories that links nest too deep, without overflowing the stack", () => {
    const deep = "d/".repeat(1500);
    expect(() => merge([folder(deep), symlink("l", deep), folder(`l/${deep}`)])).toThrow(
      /nested more than 2048 deep/,
    );
  });
});

test("omits a character device 0/0, which overlayfs would hide, after it has replaced an existing file", () => {
  expect(paths(merge([file("a"), file("b")], [{ path: "a", type: "3" }]))).toEqual(["b"]);
});

describe("an image that takes more than its budget is refused:", () => {
  const STEPS = /^layer 1 of 1: resolving links, whiteouts and deep paths takes more than 1000 steps$/;
  const refusal = (members: Member[]) => () =>
    mergeLayers([indexTar(writeTar(members))], createMergeBudget({ steps: 1000, inodes: 100 }));
  const many = (count: number, make: (i: number) => Member) =>
    Array.from({ length: count }, (_, i) => make(i));

  test("names that lead through many links each", () => {
    const links = many(30, (i) => symlink(`l${i}`, `l${i + 1}`));
    expect(refusal([...links, ...many(3, (i) => file(`l0/${i}`))])).not.toThrow();
    expect(refusal([...links, ...many(60, (i) => file(`l0/${i}`))])).toThrow(STEPS);
  });

  test("whiteouts that empty a directory over and over", () => {
    const files = many(50, (i) => file(`d/${i}`));
    expect(refusal([...files, ...many(3, () => opaque("d"))])).not.toThrow();
    expect(refusal([...files, ...many(60, () => opaque("d"))])).toThrow(STEPS);
  });

  test("a few entries that imply many directories", () => {
    const deep = (i: number) => file(`${i}/${"d/".repeat(29)}x`);
    expect(refusal(many(3, deep))).not.toThrow();
    expect(refusal(many(4, deep))).toThrow(
      /^layer 1 of 1: the image has more than 100 files and directories$/,
    );
  });
});
