import { describe, expect, it } from "vitest";
import { inFlags, optionOf, withFlags } from "../../../src/cli/flags/option-names.js";
import { hintOf } from "../../../src/cli/hints.js";
import { BoxError, type BoxErrorOptions } from "../../../src/errors.js";

const hint = (code: string, options: BoxErrorOptions = {}) => hintOf(new BoxError(code, "no", options));

describe("the hint of an error on the command line", () => {
  it("is a command if one helps", () => {
    expect(hint("no-such-box")).toBe("`box ps -a` lists all boxes");
    expect(hint("paused", { hint: "unpause it first", detail: { box: "web" } })).toBe(
      "`box unpause web` resumes it",
    );
    expect(hint("image-missing", { hint: "pull it first", detail: { image: "alpine" } })).toBe(
      "run `box pull alpine`",
    );
    expect(
      hint("platform-missing", { hint: "available platforms: a, b", detail: { platform: "linux/arm64" } }),
    ).toBe("available platforms: a, b; `box pull --platform linux/arm64` pulls it");
  });

  it.each([
    ["no-such-pool", "default", undefined, "`box pool start --image IMAGE` starts it"],
    ["no-such-pool", "ci", "the pools are a", "the pools are a; `box pool start ci --image IMAGE` starts it"],
    ["pool-not-running", "default", undefined, "`box pool start` starts it"],
    ["pool-not-running", "ci", undefined, "`box pool start ci` starts it"],
    ["pool-running", "ci", "stop it first", "stop it first to change it: `box pool stop ci`"],
  ])("after %s names the command for the pool %s", (code, pool, reason, expected) => {
    expect(hint(code, { hint: reason, detail: { pool } })).toBe(expected);
  });

  it("names the pool that was taken for an image before anything else", () => {
    expect(hint("image-missing", { detail: { image: "ci", meantPool: "ci" } })).toBe(
      "write `--pool=ci` to use the pool ci",
    );
  });

  it.each([
    ["ghcr.io", "log in first: `box login ghcr.io`"],
    ["docker.io", "log in first: `box login`"],
  ])("names the registry %s in the notation of `box login`", (registry, expected) => {
    expect(hint("access-denied", { hint: "log in first", detail: { registry } })).toBe(expected);
  });

  it("is that of the error if it lacks the details for a command", () => {
    expect(hint("paused", { hint: "unpause it first" })).toBe("unpause it first");
    expect(hint("access-denied", { hint: "the login is never sent there" })).toBe(
      "the login is never sent there",
    );
    expect(hint("platform-missing")).toBeUndefined();
    expect(hint("made-up-by-a-guest", { hint: "try" })).toBe("try");
  });
});

describe("flags of options", () => {
  it("replace subjects and names in backticks", () => {
    expect(optionOf("tail")).toBe("-n");
    expect(optionOf("change EXPOSE")).toBe("-c EXPOSE");
    expect(inFlags("remove that box first, or use `force`")).toBe("remove that box first, or use -f");
    expect(inFlags("`ip addr` lists the host's addresses, `web` is a box")).toBe(
      "`ip addr` lists the host's addresses, `web` is a box",
    );
  });

  it("replace the options that a warning begins with", () => {
    expect(withFlags("resourceLimits.cpuQuota, resourceLimits.cpuShares: not in force: no group")).toBe(
      "--cpu-quota, --cpu-shares: not in force: no group",
    );
  });

  it.each(["constructor", "__proto__", "volume at /data"])(
    "replace nothing that is not an option: %s",
    (name) => {
      expect(optionOf(name)).toBe(name);
      expect(inFlags(`\`${name}\``)).toBe(`\`${name}\``);
    },
  );
});
