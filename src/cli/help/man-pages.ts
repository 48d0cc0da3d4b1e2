import type { Command } from "commander";
import { COMMANDS } from "../commands.js";
import { loadCommand } from "../program.js";
import { VERSION } from "../version.js";
import { GLOBAL_FLAGS } from "../words/global-flags.js";
import { ownSubcommands } from "../words/subcommands.js";
import { pageOf, type Page } from "./page.js";
import { commandGroups, PROGRAM_EXAMPLES, TAGLINE } from "./program-text.js";
import { manPage } from "./roff.js";

function programPage(): Page {
  return {
    name: "box",
    summary: TAGLINE,
    usage: ["box [FLAGS] COMMAND"],
    sections: [
      { title: "Flags", kind: "flags", rows: [...GLOBAL_FLAGS] },
      ...commandGroups().map(({ title, rows }) => ({ title, kind: "commands" as const, rows })),
    ],
    notes: [
      "box runs OCI images with the command line of Docker. Each box is a virtual machine with a kernel of its own; there is no daemon, and root is not required.",
      "Run `box COMMAND --help` for the usage of a command; each has a manual page, such as `box-run`(1).",
    ],
    examples: PROGRAM_EXAMPLES,
  };
}

function pagesBelow(command: Command, name: string): [Page, related: string[]][] {
  const below = ownSubcommands(command);
  const above = name.split(" ").slice(0, -1).join(" ");
  return [
    [pageOf(command, name), [above, ...below.map((one) => `${name} ${one.name()}`)]],
    ...below.flatMap((one) => pagesBelow(one, `${name} ${one.name()}`)),
  ];
}

/** All man pages, by file name. */
export async function manPages(): Promise<Map<string, string>> {
  const shown = Object.keys(COMMANDS).filter((name) => COMMANDS[name]?.hidden !== true);
  const loaded = await Promise.all(shown.map((name) => loadCommand(name, () => undefined)));
  const pages: [Page, string[]][] = [
    [programPage(), shown.map((name) => `box ${name}`)],
    ...loaded.flatMap((command) =>
      command === undefined ? [] : pagesBelow(command, `box ${command.name()}`),
    ),
  ];
  return new Map(
    pages.map(([page, related]) => [`${page.name.replaceAll(" ", "-")}.1`, manPage(page, VERSION, related)]),
  );
}
