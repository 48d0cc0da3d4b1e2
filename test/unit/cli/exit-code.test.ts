import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../../src/cli/exit-code.js";
import { BoxError } from "../../../src/errors.js";

describe("the exit code of a command", () => {
  it.each([
    ["run", "not-found", 127],
    ["start", "not-executable", 126],
    ["exec", "not-found", 127],
    ["exec", "no-user", 126],
    ["run", "no-user", 125],
    ["exec", "no-such-box", 1],
    ["exec", "paused", 1],
    ["exec", "not-a-terminal", 1],
    ["run", "not-a-terminal", 1],
    ["attach", "not-a-terminal", 1],
    // Here, 1 could be the exit code of the program.
    ["run", "name-in-use", 125],
    ["create", "name-in-use", 1],
    ["create", "no-command", 1],
    ["create", "invalid-size", 125],
    // Docker's daemon refuses these, and its client the others.
    ["create", "invalid-restart", 1],
    ["create", "invalid-retries", 125],
    ["create", "invalid-volume", 1],
    ["create", "invalid-mount", 125],
    ["create", "invalid-cpus", 1],
    ["create", "invalid-number", 125],
    ["run", "invalid-cpus", 125],
    ["create", "image-missing", 1],
    ["create", "usage", 1],
    ["ps", "usage", 1],
    ["ps", "invalid-flag", 125],
    ["start", "launch-failed", 125],
    ["pool", "invalid-name", 125],
    ["pool", "no-such-pool", 1],
    ["cp", "disk-full", 1],
    ["pull", "disk-full", 125],
    ["pull", "platform-missing", 1],
    ["pull", "image-not-found", 1],
    ["save", "platform-missing", 1],
    ["ps", "made-up-by-a-guest", 125],
    ["ps", "constructor", 125],
    ["exec", "__proto__", 125],
  ])("of %s after the error %s is %i", (command, code, exitCode) => {
    expect(exitCodeOf(new BoxError(code, "no"), command)).toBe(exitCode);
  });

  it("is 125 after a bug in box", () => {
    expect(exitCodeOf(new TypeError("x is undefined"), "ps")).toBe(125);
  });
});
