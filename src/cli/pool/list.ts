import type { Command } from "commander";
import { checkListFormat } from "../../docker/format.js";
import { describePool, POOL_FIELDS } from "../../docker/pools/rows.js";
import { engine } from "../engine.js";
import { printLine } from "../output/print.js";
import { printRows, type Column } from "../output/rows.js";

const COLUMNS: Column[] = [
  ["NAME", "Name"],
  ["IMAGE", "Image"],
  ["STATUS", "Status"],
  ["IDLE", "Idle"],
  ["CLAIMED", "Claimed"],
];

async function list({ format, quiet = false }: { format?: string; quiet?: boolean }): Promise<void> {
  if (!quiet) await checkListFormat(format);
  const pools = await engine().pools.list();
  if (quiet) {
    for (const { name } of pools) printLine(name);
    return;
  }
  await printRows(COLUMNS, pools.map(describePool), { format, fields: POOL_FIELDS, type: "box.Pool" });
}

export function addList(command: Command): Command {
  return command
    .alias("list")
    .summary("List pools")
    .option("--format <format>", "format output as json or by a Go template, such as '{{.Name}}'")
    .option("-q, --quiet", "only display names")
    .action(list);
}
