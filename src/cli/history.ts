import { Command } from "commander";
import { describeHistory, HISTORY_FIELDS } from "../docker/images/history.js";
import { checkListFormat } from "../docker/template.js";
import { engine } from "./engine.js";
import { hostReference } from "./host-path.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { printLine } from "./output/print.js";
import { printRows, type Column } from "./output/rows.js";

interface HistoryFlags extends PlatformFlag {
  human?: boolean | string;
  trunc: boolean;
  quiet?: boolean;
  format?: string;
}

async function show(word: string, flags: HistoryFlags): Promise<void> {
  const human = flags.human !== "false" && flags.human !== false;
  if (!flags.quiet) checkListFormat(flags.format, HISTORY_FIELDS);
  const history = await engine().images.history(hostReference(word), flags.platform);
  const rows = describeHistory(history, { human, trunc: flags.trunc });
  if (flags.quiet) {
    for (const row of rows) printLine(row["ID"] ?? "");
    return;
  }
  const columns: Column[] = [
    ["IMAGE", "ID"],
    human ? ["CREATED", "CreatedSince"] : ["CREATED AT", "CreatedAt"],
    ["CREATED BY", "CreatedBy"],
    ["SIZE", "Size"],
    ["COMMENT", "Comment"],
  ];
  await printRows(columns, rows, flags.format);
}

/** `box history`, and `box image history`. */
export function addHistory(command: Command): Command {
  return addPlatformFlag(command, "this host's, if it is here")
    .argument("<image>", "reference or id of an image")
    .option("-H, --human [boolean]", "sizes and times for people; false: bytes and dates (true)")
    .option("--no-trunc", "show ids and steps whole")
    .option("-q, --quiet", "ids only")
    .option("--format <format>", "json, or a template such as '{{.CreatedBy}}'")
    .addHelpText(
      "after",
      "\nExamples:\n  box history nginx:alpine\n  box history --no-trunc --format '{{.CreatedBy}}' nginx",
    )
    .action(show);
}

export function command(): Command {
  return addHistory(new Command("history"));
}
