import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { COMMANDS } from "../../../src/cli/commands.js";
import { UNSUPPORTED_FLAGS } from "../../../src/cli/flags/unsupported-flags.js";
import { nearest } from "../../../src/cli/nearest.js";
import { runProgram } from "../../../src/cli/program.js";
import { command as run } from "../../../src/cli/run.js";
import { UNSUPPORTED_COMMANDS } from "../../../src/cli/unsupported-commands.js";

let stderr = "";
beforeEach(() => {
  stderr = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

it("no command of box is listed as unsupported", () => {
  expect(Object.keys(UNSUPPORTED_COMMANDS).filter((name) => Object.hasOwn(COMMANDS, name))).toEqual([]);
});

it("no flag of box is listed as unsupported", () => {
  const known = run(() => undefined).options.flatMap(({ long }) => long ?? []);
  expect(known).toContain("--volume");
  expect(Object.keys(UNSUPPORTED_FLAGS).filter((flag) => known.includes(flag))).toEqual([]);
});

it("context inspect prints the contexts that it finds, as JSON", async () => {
  const stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  expect(await runProgram(["context", "inspect", "nosuch"])).toBe(1);
  expect(stderr).toContain('context "nosuch": context not found');
  expect(stdout.mock.calls.map(([text]) => String(text)).join("")).toBe("[]\n");
});

describe("a mistyped word", () => {
  it.each([
    ["rnu alpine", "did you mean run?", 1],
    ["run --nmae x alpine", "did you mean --name?", 125],
    ["run --pull nevr alpine", "did you mean never?", 125],
    ["run --log-level=inof alpine", "did you mean info?", 125],
    ["run --gpus all alpine", "a box has no GPU", 125],
    ["run --userns=host alpine", "its own kernel and namespaces", 125],
    ["ps --al", "did you mean --all?", 125],
    ["config schem", "did you mean schema?", 1],
    ["volume ls --quit", "did you mean --quiet? see `box volume ls --help`", 125],
    ["completion zhs", "did you mean zsh?", 125],
    ["frobnicate", "see `box --help`", 1],
    ["build -t web .", "hint: box does not build images", 1],
    ["compose up", "hint: start each service with", 1],
    ["network craete shop", "did you mean create?", 1],
    ["run --network no.such.net alpine", "`box network create` creates one", 125],
    ["run --network container:web alpine", "find each other by name on a network", 125],
    ["run --network host alpine", "whose ports can be published", 125],
    ["run --network bridge:-x alpine", "hint: use tsi, bridge, none or the name of a network\n", 125],
  ])("is answered with the nearest one: box %s", async (line, hint, code) => {
    expect(await runProgram(line.split(" "))).toBe(code);
    expect(stderr).toContain(hint);
    expect(stderr.trimEnd().split("\n")).toHaveLength(2);
  });
});

describe("a mistake that Docker's client finds", () => {
  it.each([
    ["cp . elsewhere", "must specify at least one container source"],
    ["cp one:/a two:/b", "copying between containers is not supported"],
    ["start -a one two", "you cannot start and attach multiple containers at once"],
    ["update one", "you must provide one or more flags when using this command"],
  ])("is reported in Docker's words: box %s", async (line, words) => {
    expect(await runProgram(line.split(" "))).toBe(1);
    expect(stderr.split("\n", 1)).toEqual([`box: ${words}`]);
  });
});

describe("nearest", () => {
  it("accepts changed, missing, added and swapped letters, but not distant words", () => {
    const words = ["stop", "start", "volume"];
    for (const word of ["stpo", "sto", "stopp", "stup", "STOP"]) expect(nearest(word, words)).toBe("stop");
    for (const word of ["", "x", "xyz", "completely", "a".repeat(100)])
      expect(nearest(word, words)).toBeUndefined();
  });
});
