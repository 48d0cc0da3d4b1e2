import { describe, expect, it } from "vitest";
import { readGlobalFlags } from "../../../../src/cli/words/global-flags.js";
import { expandGroup } from "../../../../src/cli/words/groups.js";

const read = (line: string) => readGlobalFlags(line.split(" "));

describe("flags before the command", () => {
  it.each([
    ["-D ps -a", { debug: true }, "ps -a"],
    ["--debug=false ps", { debug: false }, "ps"],
    ["-l debug ps", { debug: true }, "ps"],
    ["--log-level=error ps", { debug: false }, "ps"],
    [
      "--config /x --context default -H unix:///var/run/docker.sock ps",
      { debug: false, config: "/x", endpoint: true },
      "ps",
    ],
    ["-cdefault ps", { debug: false, endpoint: true }, "ps"],
    ["--config= --host= ps", { debug: false }, "ps"],
    ["-v", { debug: false, print: "version" }, ""],
    ["--version ps", { debug: false, print: "version" }, "ps"],
    ["-h ps", { debug: false, print: "help" }, "ps"],
    ["ps -D", { debug: false }, "ps -D"],
  ])("are read: box %s", (line, flags, rest) => {
    expect(read(line)).toEqual({ flags, rest: rest === "" ? [] : rest.split(" ") });
  });

  it.each([
    ["--foo ps", "invalid-flag", "unknown flag: --foo"],
    ["-Dx ps", "invalid-flag", "unknown shorthand flag: 'x' in -x"],
    ["--config", "invalid-flag", "flag needs an argument: --config"],
    ["-D=maybe ps", "invalid-flag", 'invalid argument "maybe" for "-D, --debug" flag'],
    ["-H tcp://host:2375 ps", "usage", "box has no daemon"],
    ["--context other ps", "usage", "context not found"],
    ["-l loud ps", "usage", "unable to parse logging level"],
  ])("are refused: box %s", (line, code, reason) => {
    expect(() => read(line)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(reason) as string }),
    );
  });
});

describe("Docker's management groups", () => {
  it.each([
    ["container ls -a", "ps -a"],
    ["container list", "ps"],
    ["container inspect x", "inspect --type=container x"],
    ["container rm -f x", "rm -f x"],
    ["container remove x", "rm x"],
    ["container run --rm alpine ls", "run --rm alpine ls"],
    ["image pull alpine", "pull alpine"],
    ["image tag a b", "tag a b"],
    ["image ls", "image ls"],
    ["container", "container"],
    ["container constructor", "container constructor"],
    ["ps", "ps"],
  ])("box %s is box %s", (line, expected) => {
    expect(expandGroup(line.split(" ")).join(" ")).toBe(expected);
  });
});
