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
  it("adds a subject to an error without one, and changes nothing else", () => {
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

  it("keeps an existing subject, and other kinds of errors", () => {
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

  it("returns the action's result", () => {
    expect(naming("dns", () => 7)).toBe(7);
  });
});
