import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Command } from "commander";
import { MAKERS } from "../../../src/cli/makers.js";
import { loadCommand } from "../../../src/cli/program.js";
import { prepareWords } from "../../../src/cli/words/prepare.js";
import { BoxError } from "../../../src/errors.js";
import { resolveWords } from "../cli/resolve.js";

const ROOT = join(import.meta.dirname, "../../..");

/** Pages with commands that people copy. */
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"))
    // flags.md is generated from the commands themselves.
    .filter((name) => name.endsWith(".md") && name !== "flags.md")
    .map((name) => join("docs", name)),
  ...readdirSync(join(ROOT, "docs/ci")).map((name) => join("docs/ci", name)),
];

/** Lines of code blocks, with continuation lines joined. */
function codeOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8").replaceAll(/\\\n\s*/g, " ");
  if (!page.endsWith(".md")) return text.split("\n");
  let fenced = false;
  return text.split("\n").filter((line) => {
    if (line.startsWith("```")) fenced = !fenced;
    return fenced || line.startsWith("    ");
  });
}

const WORD = /\s*(?:([|&;()]+|\d?>+|<|#.*)|((?:'[^']*'|"[^"]*"|\\.|[^\s'"\\|&;()<>])+))/gy;

const unquote = (word: string) =>
  word.replaceAll(/'([^']*)'|"([^"]*)"|\\(.)/g, (_, ...parts: string[]) => parts.slice(0, 3).join(""));

/** The words of each `box` command in a line of shell, including commands in `$(…)` and `sh -c '…'`. */
function commandsIn(line: string): string[][] {
  const found: string[][] = [];
  const inner = [...line.matchAll(/\$\(([^()]*)\)|sh -c '([^']*)'/g)].map(
    ([, one = "", other = ""]) => one || other,
  );
  // A substitution or a variable becomes one word, such as a path.
  const outer = line.replaceAll(/\$\([^()]*\)/g, "VALUE").replaceAll(/\$\w+|\$\{[^}]*\}/g, "/value");
  let words: string[] | undefined;
  let [isStart, isFile] = [true, false];
  for (const [, operator, word = ""] of outer.matchAll(WORD)) {
    if (operator?.startsWith("#")) break;
    if (operator !== undefined) {
      isFile = /[<>]/.test(operator);
      if (!isFile) [words, isStart] = [undefined, true];
    } else if (isFile) isFile = false;
    else if (words) words.push(unquote(word));
    else if (isStart && word === "box") found.push((words = []));
    else isStart = isStart && /^(\$|-|run:|do|then|until|while|!|sudo|\w+=.*)$/.test(word);
  }
  return [...found, ...inner.flatMap(commandsIn)];
}

/** Replaces the actions of a command, such that it can be parsed without side effects. */
function idle(command: Command): Command {
  for (const below of command.commands) idle(below);
  return command.action(() => undefined);
}

/** @throws the error of box for words that it does not accept */
async function parse([name = "", ...words]: string[]): Promise<void> {
  if (["--version", "--help", "help"].includes(name)) return;
  const command = await loadCommand(name, () => undefined);
  if (!command) throw new Error(`no such command: ${name}`);
  if (words.includes("--help")) return;
  await idle(command).parseAsync(await prepareWords(command, words, {}), { from: "user" });
  if (!MAKERS.includes(name)) return;
  await resolveWords(words).catch((error: unknown) => {
    // The file is the reader's.
    if (!(error instanceof BoxError) || error.code !== "invalid-file") throw error;
  });
}

const isExample = (words: string[]) => !words.some((word) => /^[[<(]|…|─|\.\.\.$/.test(word));

describe("every command line in the documentation is valid", () => {
  it.each(PAGES)("in %s", async (page) => {
    const refused: string[] = [];
    for (const line of codeOf(page)) {
      for (const words of commandsIn(line).filter(isExample)) {
        await parse(words).catch((error: unknown) =>
          refused.push(`${line.trim()}: ${error instanceof Error ? error.message : String(error)}`),
        );
      }
    }
    expect(refused).toEqual([]);
  });

  it("are all found", () => {
    expect(commandsIn(`$ box logs -f "my web" | grep 'a b' && box rm $(box ps -aq) > file # box x`)).toEqual([
      ["logs", "-f", "my web"],
      ["rm", "VALUE"],
      ["ps", "-aq"],
    ]);
    expect(PAGES.flatMap(codeOf).flatMap(commandsIn).length).toBeGreaterThan(40);
  });
});
