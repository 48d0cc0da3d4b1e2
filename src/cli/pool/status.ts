import type { Command } from "commander";
import { DEFAULT_POOL, parsePoolName } from "../../config/syntax/pool-name.js";
import { formatObject } from "../../docker/format.js";
import { describeStatus } from "../../docker/pools/rows.js";
import { engine } from "../engine.js";
import { printLine } from "../output/print.js";

async function status(name: string, { format = "" }: { format?: string }): Promise<void> {
  const found = await engine().pools.status(parsePoolName(name));
  if (format !== "") {
    printLine(await formatObject(format, found));
    return;
  }
  for (const [label, value] of describeStatus(found)) printLine(`${label}: ${value}`);
}

export function addStatus(command: Command): Command {
  return command
    .summary("Display the figures of a pool since it was started")
    .argument("[pool]", "name of the pool", DEFAULT_POOL)
    .option("-f, --format <format>", "format output as json or by a Go template, such as '{{.Hits}}'")
    .action(status);
}
