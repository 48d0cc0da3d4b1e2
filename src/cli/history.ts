import { Command, Option } from "commander";
import { describeHistory, HISTORY_FIELDS } from "../docker/images/history.js";
import { checkListFormat } from "../docker/format.js";
import { engine } from "./engine.js";
import { hostReference } from "./host-path.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine } from "./output/print.js";
import { printRows, type Column } from "./output/rows.js";

interface HistoryFlags extends PlatformFlag {
  human: boolean;
  trunc: boolean;
  quiet?: boolean;
  format?: string;
}

async function show(word: string, flags: HistoryFlags): Promise<void> {
  const { human } = flags;
  if (!flags.quiet) await checkListFormat(flags.format);
  const history = await engine().images.history(hostReference(word), flags.platform);
  const rows = describeHistory(history, { human, trunc: flags.trunc });
  if (flags.quiet) {
    for (const row of rows) printLine(row["ID"] ?? "");
    return;
  }
  const columns: Column[] = [
    ["IMAGE", "ID"],
    ["CREATED", "CreatedSince"],
    ["CREATED BY", "CreatedBy"],
    ["SIZE", "Size"],
    ["COMMENT", "Comment"],
  ];
  await printRows(columns, rows, {
    format: flags.format,
    trunc: flags.trunc,
    fields: HISTORY_FIELDS,
    type: "image.historyContext",
  });
}

const NOTES: Notes = {
  examples: [["box history nginx:alpine"], ["box history --no-trunc --format '{{.CreatedBy}}' nginx"]],
};

/** Defines `box history` and `box image history`. */
export function addHistory(command: Command): Command {
  return addPlatformFlag(explain(command, NOTES), "that of this host")
    .argument("<image>", "reference or ID of an image")
    .option("-H, --human", "print sizes and dates in human readable format (default: true)", true)
    .addOption(new Option("--no-human").hideHelp())
    .option("--no-trunc", "do not truncate output")
    .option("-q, --quiet", "only show image IDs")
    .option("--format <format>", "format output as json or by a Go template, such as '{{.CreatedBy}}'")
    .action(show);
}

export function command(): Command {
  return addHistory(new Command("history"));
}
