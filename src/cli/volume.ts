import { Command } from "commander";
import { parseLabel } from "../config/syntax/label.js";
import { naming } from "../errors.js";
import { checkListFormat } from "../docker/format.js";
import { describeVolume } from "../docker/volumes/inspect.js";
import { describeRow, VOLUME_FIELDS } from "../docker/volumes/rows.js";
import { forEachName } from "./each.js";
import { engine } from "./engine.js";
import { collect } from "./flags/parse.js";
import { explain } from "./help/notes.js";
import { inspectAll } from "./output/inspected.js";
import { printLine, reportError } from "./output/print.js";
import { printRows, type Column } from "./output/rows.js";

async function create(name: string | undefined, { label = [] }: { label?: string[] }): Promise<void> {
  const labels = Object.fromEntries(naming("-l", () => label.map(parseLabel)));
  printLine((await engine().volumes.create(name, { labels })).name);
}

const COLUMNS: Column[] = [
  ["DRIVER", "Driver"],
  ["VOLUME NAME", "Name"],
];

async function list({ quiet = false, format }: { quiet?: boolean; format?: string }): Promise<void> {
  if (!quiet) await checkListFormat(format);
  const volumes = await engine().volumes.list();
  if (quiet) for (const { name } of volumes) printLine(name);
  else {
    const rows = volumes.map(describeRow);
    await printRows(COLUMNS, rows, { format, fields: VOLUME_FIELDS, type: "formatter.volumeContext" });
  }
}

/** Inspects a volume, in Docker's format. @throws BoxError no-such-volume */
export async function inspectVolume(name: string): Promise<Record<string, unknown>> {
  return describeVolume(await engine().volumes.find(name));
}

function inspect(names: string[], { format }: { format?: string }): Promise<number> {
  return inspectAll(names, format, inspectVolume);
}

function remove(names: string[], flags: { force?: boolean }): Promise<number> {
  return forEachName(names, async (name) => {
    await engine().volumes.remove(name, flags);
    printLine(name);
  });
}

async function prune({ all }: { all?: boolean }): Promise<number> {
  const { names, failures } = await engine().volumes.prune({ fits: () => true, all });
  for (const name of names) printLine(name);
  for (const failure of failures) reportError(failure, false);
  return failures.length === 0 ? 0 : 1;
}

export function command(exit: (code: number) => void): Command {
  const volume = explain(new Command("volume"), {
    examples: [
      ["box volume create pgdata"],
      ["box run -v pgdata:/var/lib/postgresql/data postgres"],
      ["box volume prune"],
    ],
  });
  volume
    .command("create")
    .summary("Create a volume")
    .argument("[name]", "name of the volume (default: random)")
    .option("--label <name=value>", "set metadata for a volume", collect)
    .action(create);
  volume
    .command("ls")
    .alias("list")
    .summary("List volumes")
    .option("-q, --quiet", "only display volume names")
    .option("--format <format>", "format output as json or by a Go template, such as '{{.Name}}'")
    .action(list);
  volume
    .command("inspect")
    .summary("Display detailed information on one or more volumes")
    .argument("<volume...>", "names of volumes")
    .option("-f, --format <format>", "format output as json or by a Go template, such as '{{.Mountpoint}}'")
    .action(async (names: string[], flags: { format?: string }) => exit(await inspect(names, flags)));
  volume
    .command("rm")
    .alias("remove")
    .summary("Remove one or more volumes")
    .argument("<volume...>", "names of volumes")
    .option("-f, --force", "do not fail if a volume does not exist")
    .action(async (names: string[], flags: { force?: boolean }) => exit(await remove(names, flags)));
  volume
    .command("prune")
    .summary("Remove unused local volumes")
    .option("-a, --all", "remove all unused volumes, not just anonymous ones")
    .option("-f, --force", "do not prompt for confirmation (box never prompts)")
    .action(async (flags: { all?: boolean }) => exit(await prune(flags)));
  return volume;
}
