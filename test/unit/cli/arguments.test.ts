import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { separateCommand, settleFlags } from "../../../src/cli/arguments.js";
import { command as commit } from "../../../src/cli/commit.js";
import { addBoxFlags } from "../../../src/cli/flags/box-flags.js";

const run = addBoxFlags(new Command("run"));
const separate = (line: string) => separateCommand(run, line.split(" ")).join(" ");

describe("separateCommand", () => {
  it.each([
    ["alpine", "-- alpine"],
    ["nginx:alpine -p 8080:80", "-p 8080:80 -- nginx:alpine"],
    ["--rm nginx -p 8080:80 -d", "--rm -p 8080:80 -d -- nginx"],
    ["alpine ls -la", "-- alpine ls -la"],
    ["-i alpine --rm sh -c -x", "-i --rm -- alpine sh -c -x"],
    ["--name x alpine --name", "--name x --name -- alpine"],
    ["--name=x alpine -e A=1 env -e B=2", "--name=x -e A=1 -- alpine env -e B=2"],
    ["-dp 80:80 nginx", "-dp 80:80 -- nginx"],
    ["-p80:80 nginx", "-p80:80 -- nginx"],
    ["alpine -- -x", "-- alpine -x"],
    ["-- alpine -x", "-- alpine -x"],
    ["alpine -i - x", "-i -- alpine - x"],
    ["--rm=true alpine -i=1", "--rm -i=1 -- alpine"],
    ["--rm=false --privileged=0 alpine --rm=false", "-- alpine"],
    ["--stop-timeout -1 alpine", "--stop-timeout -1 -- alpine"],
  ])("reads `%s` as `%s`", (line, expected) => {
    expect(separate(line)).toBe(expected);
  });

  it("refuses a flag that is neither true nor false", () => {
    expect(() => separate("--rm=maybe alpine")).toThrow("--rm");
  });

  it("keeps every word", () => {
    const word = fc.constantFrom("a", "-p", "-i", "--rm", "--name", "--name=x", "-dp", "-", "x y", "");
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const kept = separateCommand(run, words).filter((w) => w !== "--");
        expect([...kept].sort()).toEqual([...words].sort());
      }),
    );
  });
});

describe("settleFlags", () => {
  it.each([
    ["--pause=false web", "--no-pause web"],
    ["web --pause=1 name", "web --pause name"],
    ["-m --pause=false web", "-m --pause=false web"],
    ["--message=--pause web", "--message=--pause web"],
    ["-- --pause=false", "-- --pause=false"],
  ])("reads `%s` as `%s`", (line, expected) => {
    expect(settleFlags(commit(), line.split(" ")).join(" ")).toBe(expected);
  });
});
