import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { DETACH_KEYS, parseDetachKeys } from "../../../../src/config/syntax/detach-keys.js";

const codes = (text: string) => [...parseDetachKeys(text)];

describe("parseDetachKeys", () => {
  it.each([
    [DETACH_KEYS, [16, 17]],
    ["ctrl-a", [1]],
    ["ctrl-z,z", [26, 122]],
    ["a,B, ,~", [97, 66, 32, 126]],
    ["ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,DEL", [0, 27, 28, 29, 30, 31, 127]],
  ])("reads %j", (text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it.each(["", ",", "ctrl-p,", "ctrl-P", "ctrl-", "ctrl-1", "Ctrl-p", "ab", "é", "ctrl-p ctrl-q", "\n"])(
    "refuses %j",
    (text) => {
      expect(() => codes(text)).toThrow(expect.objectContaining({ code: "invalid-detach-keys" }) as Error);
    },
  );

  it("returns one byte per key or throws a BoxError, for any input", () => {
    const part = fc.oneof(fc.string({ maxLength: 2 }), fc.constantFrom("ctrl-p", "ctrl-@", "DEL"));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const text = parts.join(",");
        try {
          expect(codes(text)).toHaveLength(text.split(",").length);
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      }),
    );
  });
});
