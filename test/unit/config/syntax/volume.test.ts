import { describe, expect, it } from "vitest";
import { formatVolume, parseVolume } from "../../../../src/config/syntax/volume.js";
import { expectRefusal, expectStable, strings } from "./property.js";

const bind = (source: string, target: string, readOnly = false) => ({
  kind: "bind",
  source,
  target,
  readOnly,
  createSource: true,
});
const volume = (source: string, target: string, more = {}) => ({
  kind: "volume",
  source,
  target,
  readOnly: false,
  noCopy: false,
  ...more,
});
const parse = (text: string) => parseVolume(text, "/work");

describe("parseVolume", () => {
  it.each([
    ["/a:/b", bind("/a", "/b")],
    ["/a:/b:ro", bind("/a", "/b", true)],
    ["/a:/b:rw", bind("/a", "/b")],
    ["./x:/b/", bind("/work/x", "/b")],
    [".:/src", bind("/work", "/src")],
    ["../y:/b/../c", bind("/y", "/c")],
    ["/with space, and comma:/ü", bind("/with space, and comma", "/ü")],
    ["/a:/b:ro,z", bind("/a", "/b", true)],
    ["/a:/b:Z,rprivate,cached", bind("/a", "/b")],
    ["/a:/b:delegated", bind("/a", "/b")],
    ["/a:/b:consistent", bind("/a", "/b")],
  ])("reads %s as a bind mount", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    ["data:/b", volume("data", "/b")],
    ["data:/b:ro", volume("data", "/b", { readOnly: true })],
    ["my_data-1.x:/b:nocopy,ro", volume("my_data-1.x", "/b", { readOnly: true, noCopy: true })],
    ["/b", volume("", "/b")],
  ])("reads %s as a volume", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    "",
    ":/b",
    "/a:",
    "/a:b",
    "/a:/b:rx",
    "/a:/b:",
    "/a:/b:ro,rw",
    "/a:/b:ro:x",
    "/a:/b:shared",
    "/a:/b:rslave",
    "/a:/b:nocopy",
    "/a:/b:ro,ro",
    "/a:/b:z,Z",
    "/a:/b:cached,delegated",
    "data:/b:private",
    "/a:/b:U",
    "/a:/",
    "/a:/..",
    "/",
    "relative",
    "~/x:/b",
    "src/x:/b",
    "d:/b",
    "ｄata:/b",
    "/a:/b\0",
    `/a:/${"b".repeat(5000)}`,
  ])("refuses %j and quotes it", (text) => {
    expectRefusal(parse, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(
      strings("/", "a", "vol", ":", "ro", ".", ",", "nocopy", "z", "ü", "cached"),
      parse,
      formatVolume,
    );
  });
});
