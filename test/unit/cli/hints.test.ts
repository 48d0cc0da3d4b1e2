import { describe, expect, it } from "vitest";
import { inFlags, optionOf, withFlags } from "../../../src/cli/flags/option-names.js";
import { hintOf } from "../../../src/cli/hints.js";
import { BoxError, type BoxErrorOptions } from "../../../src/errors.js";

const hint = (code: string, options: BoxErrorOptions = {}) => hintOf(new BoxError(code, "no", options));

describe("the hint of an error on the command line", () => {
  it("is the command that helps, where there is one", () => {
    expect(hint("no-such-box")).toBe("`box ps -a` lists all boxes");
    expect(hint("paused", { hint: "unpause it first", detail: { box: "web" } })).toBe(
      "`box unpause web` lets it go on",
    );
    expect(hint("image-missing", { hint: "pull it first", detail: { image: "alpine" } })).toBe(
      "run `box pull alpine`",
    );
    expect(hint("platform-missing", { hint: "here are a, b", detail: { platform: "linux/arm64" } })).toBe(
      "here are a, b; `box pull --platform linux/arm64` brings it",
    );
  });

  it.each([
    ["ghcr.io", "log in first: `box login ghcr.io`"],
    ["docker.io", "log in first: `box login`"],
  ])("names the registry %s as `box login` takes it", (registry, expected) => {
    expect(hint("access-denied", { hint: "log in first", detail: { registry } })).toBe(expected);
  });

  it("is its own where the error does not name what the command needs", () => {
    expect(hint("paused", { hint: "unpause it first" })).toBe("unpause it first");
    expect(hint("access-denied", { hint: "the login is never sent there" })).toBe(
      "the login is never sent there",
    );
    expect(hint("platform-missing")).toBeUndefined();
    expect(hint("made-up-by-a-guest", { hint: "try" })).toBe("try");
  });
});

describe("flags of options", () => {
  it("stand for subjects, and for names in backticks", () => {
    expect(optionOf("tail")).toBe("-n");
    expect(optionOf("change EXPOSE")).toBe("-c EXPOSE");
    expect(inFlags("remove that box first, or use `force`")).toBe("remove that box first, or use -f");
    expect(inFlags("`ip addr` lists the host's addresses, `web` is a box")).toBe(
      "`ip addr` lists the host's addresses, `web` is a box",
    );
  });

  it("stand where a warning begins with options", () => {
    expect(withFlags("resourceLimits.cpuQuota, resourceLimits.cpuShares: not in force: no group")).toBe(
      "--cpu-quota, --cpu-shares: not in force: no group",
    );
  });

  it.each(["constructor", "__proto__", "volume at /data"])("leave alone what is no option: %s", (name) => {
    expect(optionOf(name)).toBe(name);
    expect(inFlags(`\`${name}\``)).toBe(`\`${name}\``);
  });
});
