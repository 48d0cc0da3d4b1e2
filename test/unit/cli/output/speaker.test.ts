import { describe, expect, it } from "vitest";
import { speakerOf } from "../../../../src/cli/output/speaker.js";
import { BoxError } from "../../../../src/errors.js";

describe("an error in Docker mode", () => {
  it.each([
    ["no-such-box", "1", "daemon"],
    ["name-in-use", "1", "daemon"],
    ["no-such-box", "0", "box"],
    ["no-such-box", undefined, "box"],
    ["invalid-flag", "1", "box"],
    ["usage", "1", "box"],
    ["engine-missing", "1", "box"],
  ])("of code %s, with BOX_DOCKER=%s, is reported by %s", (code, BOX_DOCKER, speaker) => {
    expect(speakerOf(new BoxError(code, "no"), { BOX_DOCKER })).toBe(speaker);
  });
});
