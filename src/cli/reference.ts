import type { Command, Option } from "commander";
import { COMMANDS } from "./commands.js";
import { describeOption, pageOf } from "./help/page.js";
import { MAKERS } from "./makers.js";
import { loadCommand } from "./program.js";

/** A cell of a table: a bar would end it. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "\\<");
}

function row(option: Option): string {
  return `| \`${option.flags.replaceAll("|", "\\|")}\` | ${cell(describeOption(option))} |`;
}

function tables(command: Command, level: string): string[] {
  const groups = new Map<string, Option[]>();
  for (const option of command.options.filter(({ hidden }) => !hidden)) {
    const group = option.helpGroupHeading ?? "";
    groups.set(group, [...(groups.get(group) ?? []), option]);
  }
  return [...groups].flatMap(([group, options]) => [
    ...(group === "" ? [] : [`${level} ${group.replace(/:$/, "")}`, ""]),
    "| flag | meaning |",
    "| --- | --- |",
    ...options.map(row),
    "",
  ]);
}

/** Flags of a command that has most of another's: what it has not, and the tables of what is its own. */
function comparison(command: Command, other: Command, level: string): string[] {
  const shown = ({ options }: Command) => options.filter(({ hidden }) => !hidden).map(({ flags }) => flags);
  const missing = shown(other).filter((flags) => !shown(command).includes(flags));
  const own = shown(command).filter((flags) => !shown(other).includes(flags));
  const name = `[box ${other.name()}](#box-${other.name()})`;
  const without = missing.length > 0 ? `, without ${missing.map((flags) => `\`${flags}\``).join(", ")}` : "";
  return own.length > 0 ? tables(command, level) : [`Flags: those of ${name}${without}.`, ""];
}

function section(command: Command, path: string, level: string, other?: Command): string[] {
  const { usage, summary } = pageOf(command, path);
  return [
    `${level} ${path}`,
    "",
    `${cell(summary)}.`,
    "",
    ...usage.map((line) => `    ${line}`),
    "",
    ...(other ? comparison(command, other, `${level}#`) : tables(command, `${level}#`)),
    ...command.commands.flatMap((below) => section(below, `${path} ${below.name()}`, `${level}#`)),
  ];
}

/** docs/flags.md: every command and flag, out of the definitions that parse them. */
export async function flagsDocument(): Promise<string> {
  const lines = [
    "# Every command and flag",
    "",
    "Made from the definitions by `npm run docs`; [cli.md](cli.md) explains how they work together.",
    "",
  ];
  for (const [name, { hidden }] of Object.entries(COMMANDS)) {
    const command = hidden ? undefined : await loadCommand(name, () => undefined);
    const [first = ""] = MAKERS;
    const other =
      MAKERS.includes(name) && name !== first ? await loadCommand(first, () => undefined) : undefined;
    if (command) lines.push(...section(command, `box ${name}`, "##", other));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}
