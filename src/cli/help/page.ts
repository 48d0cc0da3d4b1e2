import type { Argument, Command, Option } from "commander";
import { withoutDefault } from "../../config/field.js";
import { notesOf, type Example } from "./notes.js";

/** A term and its description. */
export interface Row {
  term: string;
  text: string;
}

export interface Section {
  title: string;
  kind: "arguments" | "flags" | "commands";
  rows: Row[];
}

/** The help of one command, independent of its layout as terminal output or as a man page. */
export interface Page {
  /** For example `box image ls`. */
  name: string;
  summary: string;
  /** Command lines. */
  usage: string[];
  sections: Section[];
  notes: readonly string[];
  examples: readonly Example[];
}

/** The description of a flag, with its choices before the default. */
export function describeOption({ description, argChoices = [] }: Option): string {
  if (argChoices.length < 2) return description;
  const text = withoutDefault(description);
  return `${text}: ${argChoices.join(", ")}${description.slice(text.length)}`;
}

function operand(argument: Argument): string {
  const name = argument.name().toUpperCase();
  if (argument.required) return argument.variadic ? `${name} [${name}...]` : name;
  return argument.variadic ? `[${name}...]` : `[${name}]`;
}

/** The command lines of a command, without its name. */
function usageOf(command: Command): string[] {
  const own = command.usage();
  // Commander's default usage.
  if (!own.startsWith("[options]")) return own.split("\n");
  if (command.commands.length > 0) return ["COMMAND"];
  const flags = command.options.some(({ hidden }) => !hidden) ? ["[FLAGS]"] : [];
  return [[...flags, ...command.registeredArguments.map(operand)].join(" ")];
}

/** Flags by group; those without a group come first. */
function flagSections(command: Command): Section[] {
  const groups = new Map<string, Row[]>([["", []]]);
  for (const option of command.options.filter(({ hidden }) => !hidden)) {
    const group = (option.helpGroupHeading ?? "").replace(/:$/, "");
    const term = option.short === undefined ? `    ${option.flags}` : option.flags;
    const rows = groups.get(group) ?? [];
    rows.push({ term, text: describeOption(option) });
    groups.set(group, rows);
  }
  const [first = []] = [...groups.values()].filter((rows) => rows.length > 0);
  const { flags: help } = helpOptionOf(command);
  first.push({ term: help.startsWith("--") ? `    ${help}` : help, text: "print usage" });
  if (first.length === 1) groups.set("", first);
  return [...groups]
    .filter(([, rows]) => rows.length > 0)
    .map(([group, rows]) => ({ title: group === "" ? "Flags" : group, kind: "flags", rows }));
}

/** `-h` is help unless the command has another flag of that name. */
export function helpOptionOf(command: Command): { flags: string } {
  return { flags: command.options.some(({ short }) => short === "-h") ? "--help" : "-h, --help" };
}

/** A command's one-line description; top-level commands and subcommands store it differently. */
export function summaryOf(command: Command): string {
  return command.summary() || command.description();
}

/** The help of a command. @param name full name, such as `box image ls` */
export function pageOf(command: Command, name: string): Page {
  const { text = [], examples = [] } = notesOf(command);
  const described = command.registeredArguments.filter(({ description }) => description !== "");
  const sections: Section[] = [
    {
      title: "Arguments",
      kind: "arguments",
      rows: described.map((one) => ({ term: one.name().toUpperCase(), text: one.description })),
    },
    {
      title: "Commands",
      kind: "commands",
      rows: command.commands.map((one) => ({
        term: [one.name(), ...one.aliases()].join(", "),
        text: summaryOf(one),
      })),
    },
    ...(command.commands.length > 0 ? [] : flagSections(command)),
  ];
  return {
    name,
    summary: summaryOf(command),
    usage: usageOf(command).map((line) => `${name} ${line}`.trimEnd()),
    sections: sections.filter(({ rows }) => rows.length > 0),
    notes:
      command.commands.length > 0
        ? [...text, `Run \`${name} COMMAND --help\` for more information on a command.`]
        : text,
    examples,
  };
}
