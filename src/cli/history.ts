import { Command } from "commander";
import { readHistory, type HistoryStep } from "../oci/details.js";
import { findStored } from "../oci/find.js";
import { printLine } from "./output/print.js";
import { formatDuration, formatSize, formatTable } from "./output/table.js";
import { formatList } from "./output/template.js";

interface HistoryFlags {
  human?: boolean | string;
  trunc: boolean;
  quiet?: boolean;
  format?: string;
}

const BY_WIDTH = 45;

function describe(step: HistoryStep, id: string, human: boolean, trunc: boolean): Record<string, string> {
  const { created, createdBy, comment, size } = step;
  const by = createdBy.replace(/\s+/g, " ");
  return {
    ID: id,
    CreatedAt: created ?? "N/A",
    CreatedSince: created === undefined ? "N/A" : `${formatDuration(Date.now() - Date.parse(created))} ago`,
    CreatedBy: trunc && by.length > BY_WIDTH ? `${by.slice(0, BY_WIDTH - 1)}…` : by,
    Size: human ? formatSize(size) : `${size}`,
    Comment: comment,
  };
}

async function show(word: string, flags: HistoryFlags): Promise<void> {
  const image = await findStored(word);
  const { id } = image.record;
  const shown = flags.trunc ? id.replace(/^sha256:/, "").slice(0, 12) : id;
  const human = flags.human !== "false" && flags.human !== false;
  const steps = await readHistory(image);
  // Only the last step is an image that has an id.
  const rows = steps.map((step, i) => describe(step, i === 0 ? shown : "<missing>", human, flags.trunc));
  const since = human ? "CreatedSince" : "CreatedAt";
  const lines = flags.quiet
    ? rows.map((row) => row["ID"] ?? "")
    : flags.format === undefined
      ? formatTable(
          ["IMAGE", human ? "CREATED" : "CREATED AT", "CREATED BY", "SIZE", "COMMENT"],
          rows.map((row) => ["ID", since, "CreatedBy", "Size", "Comment"].map((field) => row[field] ?? "")),
          process.stdout.columns,
        )
      : await formatList(flags.format, rows, process.stdout.columns);
  for (const line of lines) printLine(line);
}

/** `box history`, and `box image history`. */
export function addHistory(command: Command): Command {
  return command
    .argument("<image>", "reference or id of an image that is here")
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
