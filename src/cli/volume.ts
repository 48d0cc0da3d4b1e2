import { Command } from "commander";
import { parseLabel } from "../config/syntax/label.js";
import { naming } from "../errors.js";
import { formatTable } from "../docker/table.js";
import { checkListFormat, formatList } from "../docker/template.js";
import { describeVolume, VOLUME_FIELDS } from "../docker/volumes/inspect.js";
import { forEachName } from "./each.js";
import { engine } from "./engine.js";
import { collect } from "./flags/parse.js";
import { printInspected } from "./output/inspected.js";
import { printLine, reportError } from "./output/print.js";
import { widthOf } from "./output/width.js";

async function create(name: string | undefined, { label = [] }: { label?: string[] }): Promise<void> {
  const labels = Object.fromEntries(naming("-l", () => label.map(parseLabel)));
  printLine((await engine().volumes.create(name, { labels })).name);
}

async function list({ quiet = false, format }: { quiet?: boolean; format?: string }): Promise<void> {
  if (!quiet) checkListFormat(format, VOLUME_FIELDS, ["Labels"]);
  const volumes = await engine().volumes.list();
  const width = widthOf(process.stdout);
  const lines = quiet
    ? volumes.map(({ name }) => name)
    : format === undefined
      ? formatTable(
          ["DRIVER", "VOLUME NAME"],
          volumes.map(({ name }) => ["local", name]),
          width,
        )
      : await formatList(format, volumes.map(describeVolume), width);
  for (const line of lines) printLine(line);
}

/** A volume as Docker describes it. @throws BoxError no-such-volume */
export async function inspectVolume(name: string): Promise<Record<string, unknown>> {
  return describeVolume(await engine().volumes.find(name));
}

async function inspect(names: string[], { format }: { format?: string }): Promise<number> {
  const found: Record<string, unknown>[] = [];
  const code = await forEachName(names, async (name) => void found.push(await inspectVolume(name)));
  printInspected(found, format);
  return code;
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
  const volume = new Command("volume").addHelpText(
    "after",
    "\nExamples:\n  box volume create pgdata\n  box run -v pgdata:/var/lib/postgresql/data postgres\n  box volume prune",
  );
  volume
    .command("create")
    .summary("Make a volume")
    .argument("[name]")
    .option("--label <NAME=VALUE>", "a label of the volume", collect)
    .action(create);
  volume
    .command("ls")
    .alias("list")
    .summary("List volumes")
    .option("-q, --quiet", "names only")
    .option("--format <format>", "json, or a template such as '{{.Name}}'")
    .action(list);
  volume
    .command("inspect")
    .summary("Show volumes in detail")
    .argument("<volume...>")
    .option("-f, --format <format>", "json, or a template such as '{{.Mountpoint}}'")
    .action(async (names: string[], flags: { format?: string }) => exit(await inspect(names, flags)));
  volume
    .command("rm")
    .alias("remove")
    .summary("Remove volumes")
    .argument("<volume...>")
    .option("-f, --force", "no error when it is not there")
    .action(async (names: string[], flags: { force?: boolean }) => exit(await remove(names, flags)));
  volume
    .command("prune")
    .summary("Remove unused volumes that nobody named")
    .option("-a, --all", "those with a name as well")
    .option("-f, --force", "for scripts written for Docker: box never asks")
    .action(async (flags: { all?: boolean }) => exit(await prune(flags)));
  return volume;
}
