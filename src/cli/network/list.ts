import type { Command } from "commander";
import { checkListFormat } from "../../docker/format.js";
import { parseNetworkFilters, selectNetworks } from "../../docker/networks/filters.js";
import { describeRow, NETWORK_FIELDS } from "../../docker/networks/rows.js";
import { engine } from "../engine.js";
import { collect } from "../flags/parse.js";
import { printLine } from "../output/print.js";
import { printRows, type Column } from "../output/rows.js";

const COLUMNS: Column[] = [
  ["NETWORK ID", "ID"],
  ["NAME", "Name"],
  ["DRIVER", "Driver"],
  ["SCOPE", "Scope"],
];

interface ListFlags {
  filter?: string[];
  format?: string;
  quiet?: boolean;
  trunc: boolean;
}

async function list({ filter = [], format, quiet = false, trunc }: ListFlags): Promise<void> {
  const filters = parseNetworkFilters(filter);
  if (!quiet) await checkListFormat(format);
  const networks = await selectNetworks(await engine().networks.inspectAll(), filters);
  if (quiet) {
    for (const { id } of networks) printLine(trunc ? id.slice(0, 12) : id);
    return;
  }
  const rows = networks.map((network) => describeRow(network, trunc));
  await printRows(COLUMNS, rows, { format, trunc, fields: NETWORK_FIELDS, type: "network.networkContext" });
}

export function addList(command: Command): Command {
  return command
    .alias("list")
    .summary("List networks")
    .option(
      "-f, --filter <name=value>",
      "filter by dangling, driver, id, label, name, scope or type (builtin or custom)",
      collect,
    )
    .option("--format <format>", "format output as json or by a Go template, such as '{{.Name}}'")
    .option("--no-trunc", "do not truncate output")
    .option("-q, --quiet", "only display network IDs")
    .action(list);
}
