import { Command, Option } from "commander";
import { parseLabel } from "../config/syntax/label.js";
import { quote } from "../config/syntax/quote.js";
import { BoxError, naming } from "../errors.js";
import { checkListFormat } from "../docker/format.js";
import { booleanFilter, labelsMatch } from "../docker/filters.js";
import { parseVolumeFilters, parseVolumePruneFilters, selectVolumes } from "../docker/volumes/filters.js";
import { describeVolume } from "../docker/volumes/inspect.js";
import type { Value } from "../docker/go/value.js";
import { describeRow, VOLUME_FIELDS } from "../docker/volumes/rows.js";
import { formatTotal } from "../docker/units.js";
import { confirm } from "./confirm.js";
import { forEachName } from "./each.js";
import { engine } from "./engine.js";
import { collect, named } from "./flags/parse.js";
import { explain } from "./help/notes.js";
import { inspectAll } from "./output/inspected.js";
import { printLine, reportError } from "./output/print.js";
import { printRemoved } from "./output/removed.js";
import { printRows, type Column } from "./output/rows.js";

interface CreateFlags {
  label?: string[];
  name?: string;
}

async function create(operand: string | undefined, { label = [], name }: CreateFlags): Promise<void> {
  if (operand !== undefined && name !== undefined) {
    throw new BoxError(
      "flag-conflict",
      "conflicting options: cannot specify a volume-name through both --name and as a positional arg",
    );
  }
  const labels = Object.fromEntries(naming("--label", () => label.map(parseLabel)));
  printLine((await engine().volumes.create(operand || name || undefined, { labels })).name);
}

/** `volume create -d`: as in Docker, `local` is the driver of volumes on this host. */
function parseDriver(text: string): string {
  if (text === "local") return text;
  throw new BoxError("invalid-volume", `volume driver ${quote(text)} not found`, {
    hint: "omit it: volumes are directories of this host",
  });
}

/** Options of Docker's local driver mount something else than a directory of the driver's own. */
function refuseOption(text: string): never {
  throw new BoxError("invalid-volume", `${quote(text)} is not supported`, {
    hint: "use -v PATH:PATH_IN_BOX for a directory of this host, and --tmpfs for one in memory",
  });
}

const COLUMNS: Column[] = [
  ["DRIVER", "Driver"],
  ["VOLUME NAME", "Name"],
];

interface ListFlags {
  filter?: string[];
  quiet?: boolean;
  format?: string;
}

async function list({ filter = [], quiet = false, format }: ListFlags): Promise<void> {
  const filters = parseVolumeFilters(filter);
  if (!quiet) await checkListFormat(format);
  const volumes = await selectVolumes(
    await engine().volumes.list(),
    filters,
    filters.has("dangling") ? await usedVolumes() : new Set(),
  );
  if (quiet) for (const { name } of volumes) printLine(name);
  else {
    const rows = volumes.map(describeRow);
    await printRows(COLUMNS, rows, { format, fields: VOLUME_FIELDS, type: "formatter.volumeContext" });
  }
}

/** Names of the volumes that boxes use. */
async function usedVolumes(): Promise<Set<string>> {
  const { boxes } = await engine().boxes.survey();
  return new Set(boxes.flatMap(({ record }) => record.namedVolumes.map(({ name }) => name)));
}

/** Inspects a volume, in Docker's format. @throws BoxError no-such-volume */
export async function inspectVolume(name: string): Promise<Value> {
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

interface PruneFlags {
  all?: boolean;
  filter?: string[];
  force?: boolean;
}

async function prune({ filter = [], force = false, ...flags }: PruneFlags): Promise<number> {
  const filters = parseVolumePruneFilters(filter);
  const all = flags.all ?? booleanFilter(filters, "all") ?? false;
  const which = all ? "all" : "anonymous";
  const warning = `WARNING! This will remove ${which} local volumes not used by at least one container.`;
  if (!force && !(await confirm([warning]))) return 0;
  const { names, bytes, failures } = await engine().volumes.prune({
    fits: (labels) => labelsMatch(labels, filters),
    all,
  });
  printRemoved("Deleted Volumes:", names);
  printLine(`Total reclaimed space: ${formatTotal(bytes)}`);
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
    .option("-d, --driver <driver>", "volume driver: local", named("-d", parseDriver))
    .option("--label <name=value>", "set metadata for a volume", collect)
    .addOption(new Option("--name <name>").hideHelp())
    .addOption(new Option("-o, --opt <name=value>").argParser(named("-o", refuseOption)).hideHelp())
    .action(create);
  volume
    .command("ls")
    .alias("list")
    .summary("List volumes")
    .option("-f, --filter <name=value>", "filter by dangling, driver, label or name", collect)
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
    .option(
      "--filter <name=value>",
      "only remove volumes with or without a label: label=…, label!=…",
      collect,
    )
    .option("-f, --force", "do not prompt for confirmation")
    .action(async (flags: PruneFlags) => exit(await prune(flags)));
  return volume;
}
