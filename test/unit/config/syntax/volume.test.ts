import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/config/errors.js";
import { formatVolume, parseVolume } from "../../../../src/config/syntax/volume.js";

describe("parseVolume", () => {
  it.each([
    ["/a:/b", { source: "/a", target: "/b", readOnly: false }],
    ["/a:/b:ro", { source: "/a", target: "/b", readOnly: true }],
    ["/a:/b:rw", { source: "/a", target: "/b", readOnly: false }],
    ["./x:/b/", { source: "/work/x", target: "/b", readOnly: false }],
    [".:/src", { source: "/work", target: "/src", readOnly: false }],
    ["../y:/b/../c", { source: "/y", target: "/c", readOnly: false }],
    ["/with space, and comma:/ü", { source: "/with space, and comma", target: "/ü", readOnly: false }],
  ])("reads %s", (text, expected) => {
    expect(parseVolume(text, "/work")).toEqual(expected);
  });

  it.each(["", "/a", ":/b", "/a:", "/a:b", "/a:/b:rx", "/a:/b:ro:x", "/a:/", "/a:/..", "name:/b", "/a:/b\0"])(
    "refuses %j",
    (text) => {
      expect(() => parseVolume(text, "/work")).toThrow(BoxError);
    },
  );

  it("reads back what it formats, and throws nothing but its own error", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("/", "a", ":", "..", "ro", ".", "\0", "ü")), (parts) => {
        try {
          const volume = parseVolume(parts.join(""), "/work");
          expect(parseVolume(formatVolume(volume), "/")).toEqual(volume);
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      }),
    );
  });
});
