import { describe, expect, it } from "vitest";
import { parseExposed } from "../../../../src/config/syntax/expose.js";

describe("an exposed port", () => {
  it.each([
    ["80", ["80/tcp"]],
    ["53/udp", ["53/udp"]],
    ["8000-8002/tcp", ["8000/tcp", "8001/tcp", "8002/tcp"]],
  ])("%s is %j", (text, expected) => {
    expect(parseExposed(text)).toEqual(expected);
  });

  it.each(["", "x", "0", "70000", "5-1", "80/foo", "80:80", "127.0.0.1::80"])(
    "%j is refused with a hint about exposed ports",
    (text) => {
      expect(() => parseExposed(text)).toThrow(
        expect.objectContaining({
          code: "invalid-port",
          hint: expect.stringMatching(/^write PORT\[-PORT\]\[\/PROTOCOL\]/) as string,
        }),
      );
    },
  );
});
