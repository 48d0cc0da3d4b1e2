import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../commands.js";
import { columnOf, layOutExamples, layOutRows, wrapText } from "./layout.js";
import type { Example } from "./notes.js";
import type { Row } from "./page.js";
import { GLOBAL_FLAGS } from "../words/global-flags.js";

export const TAGLINE = "Run every OCI image in a microVM of its own";

export const PROGRAM_EXAMPLES: readonly Example[] = [
  ["box run -it --rm alpine", "a shell in a box"],
  ["box run -d -p 8080:80 nginx:alpine", "a web server on port 8080"],
];

/** The commands in the help, by group. */
export function commandGroups(): { title: string; rows: Row[] }[] {
  const groups = new Map<string, Row[]>();
  for (const [term, { summary, group, hidden }] of Object.entries(COMMANDS)) {
    if (!hidden) groups.set(group, [...(groups.get(group) ?? []), { term, text: summary }]);
  }
  return [...groups].map(([title, rows]) => ({ title, rows }));
}

/** The directory of the documentation installed with this program, if any. */
function docsFolder(): string | undefined {
  const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "docs");
  return existsSync(join(folder, "cli.md")) ? folder : undefined;
}

/** `box --help`. */
export function programText(width: number): string {
  const docs = docsFolder();
  const groups = commandGroups();
  const column = columnOf(
    groups.flatMap(({ rows }) => rows),
    width,
  );
  const lines = [
    "Usage:  box [FLAGS] COMMAND",
    "",
    ...wrapText(TAGLINE, width),
    ...groups.flatMap(({ title, rows }) => ["", `${title}:`, ...layOutRows(rows, width, column)]),
    ...["", "Flags:", ...layOutRows(GLOBAL_FLAGS, width, column)],
    ...["", "Examples:", ...layOutExamples(PROGRAM_EXAMPLES, width)],
    "",
    ...wrapText("Run `box COMMAND --help` for more information on a command.", width),
    ...wrapText(
      `Manual pages: \`man box\`, \`man box-run\`.${docs === undefined ? "" : ` Documentation: ${docs}`}`,
      width,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
