import type { Command } from "commander";
import { columnOf, layOutExamples, layOutRows, wrapText } from "./layout.js";
import { pageOf, type Page } from "./page.js";

const block = (title: string, lines: string[]) => (lines.length === 0 ? [] : ["", title, ...lines]);

/** The help of a command, as lines for a terminal. */
export function helpLines({ usage, summary, sections, notes, examples }: Page, width: number): string[] {
  // Align the flags of all groups.
  const flags = columnOf(
    sections.flatMap(({ kind, rows }) => (kind === "flags" ? rows : [])),
    width,
  );
  return [
    ...usage.flatMap((line, i) => {
      const [first = "", ...others] = wrapText(line, width, 8, 10);
      return [(i === 0 ? "Usage:" : "").padEnd(8) + first.trimStart(), ...others];
    }),
    "",
    ...wrapText(summary, width),
    ...sections.flatMap(({ title, kind, rows }) =>
      block(`${title}:`, layOutRows(rows, width, kind === "flags" ? flags : undefined)),
    ),
    ...notes.flatMap((note) => ["", ...wrapText(note, width)]),
    ...(examples.length === 0 ? [] : block("Examples:", layOutExamples(examples, width))),
  ];
}

/** The full name of a command. */
function pathOf(command: Command): string {
  const { parent } = command;
  if (parent !== null) return `${pathOf(parent)} ${command.name()}`;
  return command.name() === "box" ? "box" : `box ${command.name()}`;
}

/** The help of a command as text, for commander. */
export function helpText(command: Command, width: number): string {
  return `${helpLines(pageOf(command, pathOf(command)), width).join("\n")}\n`;
}
