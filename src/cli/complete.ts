import type { Argument, Command, Option } from "commander";
import { CAPABILITIES } from "../config/syntax/capability.js";
import { ULIMIT_NAMES } from "../config/syntax/ulimit.js";
import { visible } from "../config/syntax/visible.js";
import type { Flag } from "../config/field.js";
import { longName } from "./flags/lines.js";
import { consumesNext, findOption } from "./arguments.js";
import { COMMANDS } from "./commands.js";
import { MAKERS } from "./makers.js";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";

/** Something that may stand where the cursor is. */
interface Candidate {
  text: string;
  about?: string;
}

/** Tells the shell to complete paths. */
const FILES = ":files";

type Source = () => Candidate[] | Promise<Candidate[]>;

const plain = (words: readonly string[]): Candidate[] => words.map((text) => ({ text }));

async function boxNames(): Promise<Candidate[]> {
  return plain(await engine().boxes.names());
}

async function imageNames(): Promise<Candidate[]> {
  const images = await engine().images.list();
  return plain(images.flatMap(({ repository, tag }) => (tag === undefined ? [] : [`${repository}:${tag}`])));
}

async function volumeNames(): Promise<Candidate[]> {
  return plain((await engine().volumes.list()).map(({ name }) => name));
}

/** What stands behind the name of an argument in the definition of a command. */
const ARGUMENTS: Record<string, Source> = { box: boxNames, image: imageNames, volume: volumeNames };

/** What a flag of boxes may offer beside words of its own. */
const OFFERS: Record<Exclude<Flag["offers"], readonly string[] | undefined>, Source> = {
  files: () => [],
  volumes: volumeNames,
  images: imageNames,
  capabilities: () => plain(["ALL", ...CAPABILITIES]),
  ulimits: () => plain(ULIMIT_NAMES.map((name) => `${name}=`)),
};

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
  if (offers === undefined) return [];
  if (typeof offers !== "string") return plain(offers);
  const isPath = offers === "files" || offers === "volumes";
  // A path of this host begins so, a volume's name does not.
  const values = offers === "volumes" && /^[./]/.test(current) ? [] : await OFFERS[offers]();
  return isPath ? [...values, { text: FILES }] : values;
}

function flagsOf(command: Command): Candidate[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  const names = shown.flatMap(({ long, short, description }) =>
    [long, short].flatMap((text) => (text ? [{ text, about: description }] : [])),
  );
  return [...names, { text: "--help", about: "show this help" }];
}

/** The operands so far; undefined when `--` or a second operand of `run` has ended box's own words. */
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
  if (!operands) return [{ text: FILES }];
  const previous = words.at(-1);
  if (previous?.startsWith("-") && consumesNext(command.options, previous)) {
    const option = findOption(
      command.options,
      previous.startsWith("--") ? previous : `-${previous.at(-1) ?? ""}`,
    );
    return option ? valuesOf(option, current) : [];
  }
  const [, flag, value] = /^(--[a-z-]+)=(.*)$/s.exec(current) ?? [];
  if (flag !== undefined) {
    const option = findOption(command.options, flag);
    const values = option ? await valuesOf(option, value ?? "") : [];
    return values.flatMap(({ text }) => (text === FILES ? [] : [{ text: `${flag}=${text}` }]));
  }
  if (current.startsWith("-")) return flagsOf(command);
  const argument = argumentAt(command, operands.length);
  if (argument?.argChoices) return plain(argument.argChoices);
  const name = argument?.name() ?? "";
  const found = Object.hasOwn(ARGUMENTS, name) ? ((await ARGUMENTS[name]?.()) ?? []) : [];
  return found.filter(({ text }) => !operands.includes(text));
}

/**
 * What may stand at the end of a command line.
 * @param words of the line behind `box`; the last one is being typed.
 * @param load loads a command.
 */
export async function findCandidates(
  words: readonly string[],
  load: (name: string) => Promise<Command | undefined>,
): Promise<Candidate[]> {
  const current = words.at(-1) ?? "";
  const [name, ...rest] = words.slice(0, -1);
  if (name === undefined || name === "help") {
    const global = plain(current.startsWith("-") && name === undefined ? ["--version", "--help"] : []);
    return [...commandNames(), ...global].filter(({ text }) => text.startsWith(current));
  }
  const command = await load(name);
  const found = command ? await withinCommand(command, rest, current) : [];
  return found.filter(({ text }) => text === FILES || text.startsWith(current));
}

/** Prints candidates for the shell: one a line, with what it is behind a tab. */
export async function complete(
  words: readonly string[],
  load: (name: string) => Promise<Command | undefined>,
): Promise<void> {
  for (const { text, about } of await findCandidates(words, load)) {
    printLine(about === undefined ? visible(text) : `${visible(text)}\t${visible(about)}`);
  }
}
