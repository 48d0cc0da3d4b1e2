import { Command } from "commander";
import { readHistory, type HistoryStep } from "../oci/details.js";
import { findStored } from "../oci/find.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { printLine } from "./output/print.js";
import { printRows, type Column } from "./output/rows.js";
import { formatDuration, formatSize } from "../docker/units.js";
import { currentStore } from "./store.js";

interface HistoryFlags extends PlatformFlag {
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
  const image = await findStored(currentStore(), word, flags.platform);
  const { id } = image.record;
  const shown = flags.trunc ? id.replace(/^sha256:/, "").slice(0, 12) : id;
  const human = flags.human !== "false" && flags.human !== false;
  const steps = await readHistory(currentStore(), image);
  // Only the last step is an image that has an id.
  const rows = steps.map((step, i) => describe(step, i === 0 ? shown : "<missing>", human, flags.trunc));
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
