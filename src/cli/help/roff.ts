import type { Example } from "./notes.js";
import type { Page, Section } from "./page.js";

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  "…": "...",
};

/** Escapes text for a man page: no character is taken as an escape or, at the start of a line, as a request. */
export function escapeRoff(text: string): string {
  const escaped = text.replace(/[\\'"`^~…-]/g, (character) => ESCAPES[character] ?? character);
  return escaped.replace(/^\./gm, "\\&.");
}

const bold = (text: string) => `\\fB${escapeRoff(text)}\\fR`;

/** A paragraph; commands in backticks become bold. */
function paragraph(text: string): string {
  return text
    .split("`")
    .map((part, i) => (i % 2 === 0 ? escapeRoff(part) : bold(part)))
    .join("")
    .replace(/^\./, "\\&.");
}

/** `-v, --volume <path>`: names in bold, values in italics. */
function flagTerm(term: string): string {
  const [, names = "", value = ""] = /^([^<[]*)(.*)$/.exec(term.trim()) ?? [];
  const shown = names.trim().split(", ").map(bold).join(", ");
  return value === "" ? shown : `${shown} \\fI${escapeRoff(value)}\\fR`;
}

function section({ title, kind, rows }: Section): string[] {
  const terms = rows.flatMap(({ term, text }) => [
    ".TP",
    kind === "flags" ? flagTerm(term) : bold(term),
    paragraph(text),
  ]);
  return [...(kind === "flags" && title !== "Flags" ? [`.SS ${escapeRoff(title)}`] : []), ...terms];
}

function heading(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

function examples(all: readonly Example[]): string[] {
  return all.flatMap(([line, comment]) => [
    ...(comment === undefined
      ? []
      : [".PP", `${paragraph(comment.replace(/^./, (first) => first.toUpperCase()))}:`]),
    ...[".PP", ".RS 4", ".nf", escapeRoff(line), ".fi", ".RE"],
  ]);
}

const pageName = (command: string) => command.replaceAll(" ", "-");

/**
 * A man page of section 1.
 * @param related commands whose pages are listed under SEE ALSO
 */
export function manPage(page: Page, version: string, related: readonly string[]): string {
  const { name, summary, usage, sections, notes } = page;
  const of = (kind: Section["kind"]) => sections.filter((one) => one.kind === kind).flatMap(section);
  const title = escapeRoff(pageName(name).toUpperCase());
  const lines = [
    `.TH "${title}" 1 "" "box ${escapeRoff(version)}" "User Commands"`,
    // Do not hyphenate or justify command lines.
    ...[".nh", ".ad l"],
    ...heading("NAME", [`${escapeRoff(pageName(name))} \\- ${escapeRoff(summary.replaceAll("`", ""))}`]),
    ...heading(
      "SYNOPSIS",
      usage.flatMap((line, i) => [...(i > 0 ? [".br"] : []), bold(line)]),
    ),
    ...heading(
      "DESCRIPTION",
      notes.flatMap((note, i) => [...(i > 0 ? [".PP"] : []), paragraph(note)]),
    ),
    ...heading("ARGUMENTS", of("arguments")),
    ...heading("COMMANDS", of("commands")),
    ...heading("OPTIONS", of("flags")),
    ...heading("EXAMPLES", examples(page.examples).slice(1)),
    ...heading("SEE ALSO", [related.map((one) => `${bold(pageName(one))}(1)`).join(", ")]),
  ];
  return `${lines.join("\n")}\n`;
}
