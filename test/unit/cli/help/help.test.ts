import type { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { COMMANDS } from "../../../../src/cli/commands.js";
import { shellWords } from "../../../../src/cli/help/layout.js";
import { programText } from "../../../../src/cli/help/program-text.js";
import { helpText } from "../../../../src/cli/help/text.js";
import { helpWidth } from "../../../../src/cli/output/width.js";
import { loadCommand, runProgram } from "../../../../src/cli/program.js";

const WIDE = 100_000;

function withThoseBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withThoseBelow)];
}

const loaded = await Promise.all(Object.keys(COMMANDS).map((name) => loadCommand(name, () => undefined)));
const HELPS: [string, (width: number) => string][] = [
  ["box", programText],
  ...loaded
    .flatMap((command) => (command === undefined ? [] : withThoseBelow(command)))
    .map((command): [string, (width: number) => string] => [
      helpText(command, WIDE)
        .slice("Usage:  ".length)
        .split(/ [[A-Z]|\n/)[0] ?? "",
      (width) => helpText(command, width),
    ]),
];

const words = (text: string) => text.match(/[^\s#\\]+/g) ?? [];

describe.each(HELPS)("the help of %s", (_, text) => {
  it.each([40, 60, 80, 100, 120])("fits in %i columns without breaking words", (width) => {
    const shown = text(width);
    for (const line of shown.split("\n")) {
      // After a backslash, the command continues on the next line.
      if (shellWords(line.replace(/ \\$/, "")).length > 1)
        expect(line.length, line).toBeLessThanOrEqual(width);
      expect(line).toBe(line.trimEnd());
    }
    expect(words(shown).sort()).toEqual(words(text(WIDE)).sort());
  });

  it("describes commands as sentences without a full stop, and flags in lower case", () => {
    const [, summary = ""] = text(WIDE).split("\n\n");
    expect(summary).toMatch(/^[A-Z][^\n]*[^.]$/);
    const rows = text(WIDE).match(/^ {2}(?:-\w,| {3}) --.+? {2,}.*$/gm) ?? [];
    for (const row of rows) expect(row).toMatch(/ {2}(?:[a-z]|VMM|CPU)[^\n]*[^.]$/);
  });
});

describe("the help of run", () => {
  it("begins with the common flags in a group of their own, and ends with examples", async () => {
    const run = await loadCommand("run", () => undefined);
    const text = run === undefined ? "" : helpText(run, 80);
    const [, common = ""] = /\nCommon:\n(.*?)\n\n/s.exec(text) ?? [];
    const flags = common.match(/^ {2}(?:-\w, | {4})--[a-z]+/gm)?.map((flag) => flag.trim());
    expect(flags).toEqual([
      ...["-d, --detach", "-i, --interactive", "-t, --tty", "--rm", "--name", "-p, --publish"],
      ...["-v, --volume", "-e, --env", "-w, --workdir", "-u, --user", "--network", "-m, --memory", "--cpus"],
      "--help",
    ]);
    const headings = text.match(/^\S.*:$/gm) ?? [];
    expect([headings[0], headings[1], headings.at(-1)]).toEqual(["Arguments:", "Common:", "Examples:"]);
  });

  it("puts a long flag on a line of its own", async () => {
    const run = await loadCommand("run", () => undefined);
    expect(run === undefined ? "" : helpText(run, 60)).toContain(
      "\n  -v, --volume <source:path[:options]>\n      ",
    );
  });
});

describe("the width of help", () => {
  it("is that of COLUMNS, or else of the terminal, or else 80, and always from 40 to 120", () => {
    expect(helpWidth({ columns: 100 }, "60")).toBe(60);
    expect(helpWidth({ columns: 100 }, undefined)).toBe(100);
    expect(helpWidth({}, undefined)).toBe(80);
    expect(helpWidth({ columns: 0 }, "")).toBe(80);
    for (const odd of ["0", "-5", "x", "1e9"]) expect(helpWidth({ columns: 90 }, odd)).toBe(90);
    expect(helpWidth({}, "10")).toBe(40);
    expect(helpWidth({ columns: 300 }, undefined)).toBe(120);
  });
});

describe("help", () => {
  const said = { stdout: "", stderr: "" };
  beforeEach(() => {
    [said.stdout, said.stderr] = ["", ""];
    vi.stubEnv("COLUMNS", "80");
    for (const name of ["stdout", "stderr"] as const)
      vi.spyOn(process[name], "write").mockImplementation((text) => {
        said[name] += String(text);
        return true;
      });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it.each([
    ["--help", "box [FLAGS] COMMAND"],
    ["-h", "box [FLAGS] COMMAND"],
    ["help", "box [FLAGS] COMMAND"],
    ["help run", "box run [FLAGS] IMAGE"],
    ["run --help", "box run [FLAGS] IMAGE"],
    ["ps -h", "box ps [FLAGS]"],
    ["help image", "box image COMMAND"],
    ["image --help", "box image COMMAND"],
    ["help image ls", "box image ls [FLAGS] [IMAGE]"],
    ["volume rm -h", "box volume rm [FLAGS] VOLUME [VOLUME...]"],
  ])("goes to stdout if requested by box %s", async (line, usage) => {
    expect(await runProgram(line.split(" "))).toBe(0);
    expect(said.stdout).toContain(`Usage:  ${usage}`);
    expect(said.stderr).toBe("");
  });

  it.each([
    ["", "box [FLAGS] COMMAND"],
    ["--", "box [FLAGS] COMMAND"],
    ["image", "box image COMMAND"],
    ["volume", "box volume COMMAND"],
    ["system", "box system COMMAND"],
    ["config", "box config COMMAND"],
  ])("goes to stderr if box %s lacks a command, as in Docker", async (line, usage) => {
    expect(await runProgram(line.split(" ").filter(Boolean))).toBe(0);
    expect(said.stderr).toContain(`Usage:  ${usage}`);
    expect(said.stdout).toBe("");
  });

  it.each(["help nosuch", "help run it", "help image nosuch"])(
    "is refused for an unknown topic: box %s",
    async (line) => {
      expect(await runProgram(line.split(" "))).toBe(1);
      expect(said.stderr).toContain(`unknown help topic: ${line.slice("help ".length)}\n`);
      expect(said.stdout).toBe("");
    },
  );
});
