import { describe, expect, it } from "vitest";
import { BoxError, naming } from "../../src/errors.js";

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("naming", () => {
  it("gives an error without a subject one, and keeps all else", () => {
    const cause = new Error("below");
    const error = caught(() =>
      naming("portMap", () => {
        throw new BoxError("invalid-port", '"x" is not a port', { hint: "try 80", cause });
      }),
    );
    expect(error).toMatchObject({
      message: 'portMap: "x" is not a port',
      subject: "portMap",
      reason: '"x" is not a port',
      code: "invalid-port",
      hint: "try 80",
      cause,
    });
  });

  it("leaves alone the subject that is there, and errors of others", () => {
    const own = new BoxError("invalid-port", "bad", { subject: "portMap" });
    const foreign = new TypeError("bad");
    for (const error of [own, foreign])
      expect(
        caught(() =>
          naming("dns", () => {
            throw error;
          }),
        ),
      ).toBe(error);
  });

  it("returns what the action returns", () => {
    expect(naming("dns", () => 7)).toBe(7);
  });
});
