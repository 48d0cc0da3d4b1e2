import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePath, encodePath, isPathText } from "../../../../../src/vm/protocol/guest/path-text.js";

describe("the text of a path", () => {
  it("round-trips any bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ unit: "binary", maxLength: 40 }).map((text) => Buffer.from(text)),
      // Surrogates in UTF-8, overlong forms, truncated characters.
      fc
        .array(
          fc.constantFrom("edb280", "eda080edb080", "c080", "f4908080", "e282", "61", "f09d849e", "efbbbf"),
        )
        .map((parts) => Buffer.from(parts.join(""), "hex")),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        const text = decodePath(given);
        expect(Buffer.compare(encodePath(text), given)).toBe(0);
        if (!given.includes(0)) expect(isPathText(text)).toBe(true);
        // The control stream carries it as JSON.
        expect(JSON.parse(JSON.stringify(text))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it("is the decoded text if the bytes are valid UTF-8", () => {
    expect(decodePath(Buffer.from("/ä/𝄞\n"))).toBe("/ä/𝄞\n");
    expect(decodePath(Buffer.of(0x61, 0xff))).toBe("a\udcff");
    expect(encodePath("\ud834\udd1e\udc80")).toEqual(Buffer.from("f09d849e80", "hex"));
  });

  it.each(["a\0", "\ud800", "\udc00x", "\udd00", "\ud834", "\udc7f"])("cannot be %j", (text) => {
    expect(isPathText(text)).toBe(false);
  });
});
