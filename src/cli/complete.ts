import type { Argument, Command, Option } from "commander";
import { visible } from "../config/syntax/visible.js";
import { longName } from "./flags/lines.js";
import { COMMANDS } from "./commands.js";
import { isFiles, plain, FILES, type Candidate } from "./completion/candidate.js";
import { pathsBehind } from "./completion/paths.js";
import { OFFERS, sourceOfArgument, sourceOfValue } from "./completion/sources.js";
import { MAKERS } from "./makers.js";
import { printLine } from "./output/print.js";
import { expandGroup } from "./words/groups.js";
import { findOption, readFlagWord } from "./words/read-flag.js";

/** Whether the word after a flag is its argument. */
const consumesNext = (options: readonly Option[], word: string) =>
  readFlagWord(options, word, "").count === 2;

function commandNames(): Candidate[] {
  return [
    ...Object.entries(COMMANDS).flatMap(([text, { summary, hidden }]) =>
      hidden ? [] : [{ text, about: summary }],
    ),
    { text: "help", about: "Show the help of a command" },
  ];
}

async function valuesOf(option: Option, current: string): Promise<Candidate[]> {
  if (option.argChoices) return plain(option.argChoices);
  const { boxLines } = await import("./flags/box-lines.js");
  const offers = boxLines().find((line) => longName(line) === option.long)?.offers;
  if (typeof offers === "object") return plain(offers);
  const [, placeholder = ""] = /<([a-z]+)>/.exec(option.flags) ?? [];
  const source = offers === undefined ? sourceOfValue(placeholder) : OFFERS[offers];
  return (await source?.({ current, operands: [] })) ?? [];
}

/** Completes `--flag=value`, in which shells would treat the flag as part of a path. */
async function valuesBehind(prefix: string, option: Option, current: string): Promise<Candidate[]> {
  const values = await valuesOf(option, current);
  const words = values.filter((value) => !isFiles(value)).map(({ text }) => ({ text: `${prefix}${text}` }));
  return values.some(isFiles) ? [...words, ...(await pathsBehind(prefix, current))] : words;
}

function flagsOf(command: Command): Candidate[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  const names = shown.flatMap(({ long, short, description }) =>
    [long, short].flatMap((text) => (text ? [{ text, about: description }] : [])),
  );
  return [...names, { text: "--help", about: "print usage" }];
}

/** The operands so far; undefined if the words of the workload's command have begun, after `--` or a second operand. */
function operandsOf(command: Command, words: readonly string[]): string[] | undefined {
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return undefined;
    if (!word.startsWith("-") || word === "-") operands.push(word);
    else if (consumesNext(command.options, word)) i++;
  }
  return MAKERS.includes(command.name()) && operands.length > 1 ? undefined : operands;
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[index] ?? (last?.variadic ? last : undefined);
}

async function withinCommand(
  command: Command,
  words: readonly string[],
  current: string,
): Promise<Candidate[]> {
  const [first] = words;
  if (command.commands.length > 0) {
    const below = command.commands.find((one) => one.name() === first || one.aliases().includes(first ?? ""));
    if (below) return withinCommand(below, words.slice(1), current);
    return command.commands.map((one) => ({ text: one.name(), about: one.description() || one.summary() }));
  }
  const operands = operandsOf(command, words);
  if (!operands) return [FILES];
  const previous = words.at(-1);
  if (previous?.startsWith("-") && consumesNext(command.options, previous)) {
    const option = findOption(
      command.options,
      previous.startsWith("--") ? previous : `-${previous.at(-1) ?? ""}`,
    );
    return option ? valuesOf(option, current) : [];
  }
  const [, prefix, flag, value = ""] = /^((--[a-z-]+)=)(.*)$/s.exec(current) ?? [];
  if (prefix !== undefined && flag !== undefined) {
    const option = findOption(command.options, flag);
    return option ? valuesBehind(prefix, option, value) : [];
  }
  if (current.startsWith("-")) return flagsOf(command);
  const argument = argumentAt(command, operands.length);
  if (argument?.argChoices) return plain(argument.argChoices);
  const source = sourceOfArgument(command.name(), argument?.name() ?? "");
  const found = (await source?.({ current, operands })) ?? [];
  return found.filter(({ text }) => !operands.includes(text));
}

/**
 * Returns completions for the last word of a command line.
 * @param words after `box`; the last one is incomplete
 * @param load loads a command
 */
export async function findCandidates(
  words: readonly string[],
  load: (name: string) => Promise<Command | undefined>,
): Promise<Candidate[]> {
  const current = words.at(-1) ?? "";
  const [name, ...rest] = expandGroup(words.slice(0, -1));
  if (name === undefined || name === "help") {
    const global = plain(current.startsWith("-") && name === undefined ? ["--version", "--help"] : []);
    return [...commandNames(), ...global].filter(({ text }) => text.startsWith(current));
  }
  const command = await load(name);
  const found = command ? await withinCommand(command, rest, current) : [];
  return found.filter((one) => isFiles(one) || one.text.startsWith(current));
}

/** Prints candidates for the shell, one per line, with an optional description after a tab. */
export async function complete(
  words: readonly string[],
  load: (name: string) => Promise<Command | undefined>,
): Promise<void> {
  for (const { text, about } of await findCandidates(words, load)) {
    printLine(about === undefined ? visible(text) : `${visible(text)}\t${visible(about)}`);
  }
}
