import { describe, expect, it } from "vitest";
import { splitBoxPath } from "../../../../src/config/syntax/copy-path.js";
import { parsePath, placeCopy, type Found } from "../../../../src/vm/copy/place.js";

const place = (source: string, isFolder: boolean, destination: string, there: Found) =>
  placeCopy({ ...parsePath(source), isFolder }, parsePath(destination), there, destination);

describe("a copy", () => {
  it.each<[string, boolean, string, Found, { folder: string; name: string | undefined }]>([
    ["/a/file", false, "/d", "folder", { folder: "/d", name: "file" }],
    ["/a/file", false, "/d/", "folder", { folder: "/d", name: "file" }],
    ["/a/file", false, "/d/new", "nothing", { folder: "/d", name: "new" }],
    ["/a/file", false, "/d/old", "file", { folder: "/d", name: "old" }],
    ["/a/tree", true, "/d", "folder", { folder: "/d", name: "tree" }],
    ["/a/tree/", true, "/d", "folder", { folder: "/d", name: "tree" }],
    ["/a/tree/.", true, "/d", "folder", { folder: "/d", name: undefined }],
    ["/a/tree", true, "/d/new", "nothing", { folder: "/d", name: "new" }],
    ["/a/tree", true, "/d/new/", "nothing", { folder: "/d", name: "new" }],
    ["/a/tree/.", true, "/d/new", "nothing", { folder: "/d", name: "new" }],
    ["/", true, "/d", "folder", { folder: "/d", name: undefined }],
    ["/a/../b/./tree", true, "/", "folder", { folder: "/", name: "tree" }],
  ])(
    "of %s (a directory: %s) to %s, which is a %s, goes there",
    (source, isFolder, destination, there, goes) => {
      expect(place(source, isFolder, destination, there)).toEqual(goes);
    },
  );

  it.each<[string, boolean, string, Found, string]>([
    ["/a/tree", true, "/d/old", "file", "cannot copy a directory to it"],
    ["/a/file", false, "/d/old/", "file", "is not a directory"],
    ["/a/file", false, "/d/new/", "nothing", "does not exist"],
  ])(
    "of %s (a directory: %s) to %s, which is a %s, is rejected",
    (source, isFolder, destination, there, why) => {
      expect(() => place(source, isFolder, destination, there)).toThrow(why);
    },
  );
});

it("an argument is a path in a box if it begins with a name and a colon", () => {
  expect(splitBoxPath("web:/a:b")).toEqual({ name: "web", path: "/a:b" });
  for (const word of ["/a:b", "./a:b", "../a:b", "plain", ":x", "-"])
    expect(splitBoxPath(word)).toBeUndefined();
});
