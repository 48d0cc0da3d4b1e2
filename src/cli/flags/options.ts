import { Option, type Command } from "commander";
import type * as z from "zod/mini";
import { naming } from "../../errors.js";
import { innermost } from "../../config/field.js";
import { keeping, longName, shownName, type Line } from "./lines.js";
import { NOTATIONS } from "./notations.js";
import { markUnsettable } from "./unset.js";

/** The bounds of a numeric field. */
function boundsOf(schema: z.core.$ZodType | undefined): { least: number; most: number } {
  const checks = schema === undefined ? [] : innermost(schema)._zod.def.checks;
  const bound = (kind: string) => {
    const found = checks?.map((check) => check._zod.def).find(({ check }) => check === kind);
    return (found as { value?: number } | undefined)?.value;
  };
  return { least: bound("greater_than") ?? 0, most: bound("less_than") ?? Number.MAX_SAFE_INTEGER };
}

function choicesOf({ offers, schema }: Line): string[] {
  const { entries } = (schema === undefined ? {} : innermost(schema)._zod.def) as {
    entries?: Record<string, string>;
  };
  return entries === undefined
    ? Array.isArray(offers)
      ? [...(offers as string[])]
      : []
    : Object.values(entries);
}

/** The parser that commander calls for each value of a flag, keeping the result. */
function parserOf(line: Line): (text: string, previous: unknown) => unknown {
  return (text, previous) => {
    const bounds = { choices: choicesOf(line), ...boundsOf(line.schema) };
    const value =
      line.zero !== undefined && text === "0"
        ? 0
        : naming(shownName(line), () => NOTATIONS[line.as](text, bounds));
    if (keeping(line) === "last") return value;
    const values = Array.isArray(previous) ? (previous as unknown[]) : [];
    if (value !== undefined) values.push(value);
    return values;
  };
}

function optionOf(line: Line, flags: string, grouped: boolean): Option {
  const option = new Option(flags, line.help);
  if (grouped) option.helpGroup(`${line.group}:`);
  if (line.hidden === true) option.hideHelp();
  if (line.as === "choice" || line.as === "log-driver") option.choices(choicesOf(line));
  return option.required || option.optional ? markUnsettable(option.argParser(parserOf(line)), line) : option;
}

/** The alias of a flag, which commander treats as another flag. */
function aliasOf(line: Line): string | undefined {
  return line.alias === undefined ? undefined : line.flags.replace(longName(line), line.alias);
}

/** Adds flags to a command. @param grouped under the headings of the help */
export function addLines(command: Command, lines: readonly Line[], grouped: boolean): Command {
  for (const line of lines) {
    command.addOption(optionOf(line, line.flags, grouped));
    const alias = aliasOf(line);
    if (alias !== undefined) command.addOption(optionOf(line, alias, grouped).hideHelp());
  }
  return command;
}
