import { Command } from "commander";
import { BoxError } from "../errors.js";
import { parseLabel } from "../config/syntax/label.js";
import { listBoxes } from "../vm/box/find.js";
import { anonymousName, removeVolume } from "../vm/volume/folders.js";
import { ensureVolume, findVolume, listVolumes, type Volume } from "../vm/volume/store.js";
import { forEachName } from "./each.js";
import { collect } from "./flags/parse.js";
import { printInspected } from "./output/inspected.js";
import { printLine, reportError } from "./output/print.js";
import { formatTable } from "../docker/table.js";
import { formatList } from "../docker/template.js";
import { widthOf } from "./output/width.js";
import { pruneVolumes } from "../engine/volumes/prune.js";
import { currentHome } from "./store.js";

/** A volume in the shape of `docker volume inspect`. */
function describe({ name, createdAt, labels, data }: Volume): Record<string, unknown> {
  return {
    CreatedAt: createdAt,
    Driver: "local",
    Labels: labels,
    Mountpoint: data,
    Name: name,
    Options: {},
    Scope: "local",
  };
}

/** Which boxes use a volume, by the volume's name. */
async function users(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { record } of await listBoxes(currentHome())) {
    for (const { name } of record.namedVolumes) found.set(name, [...(found.get(name) ?? []), record.name]);
  }
  return found;
}

async function create(name: string | undefined, { label = [] }: { label?: string[] }): Promise<void> {
  const labels = Object.fromEntries(label.map(parseLabel));
  const volume = await ensureVolume(currentHome(), name ?? anonymousName(), {
    labels,
    anonymous: name === undefined,
  });
  printLine(volume.name);
}

async function list({ quiet = false, format }: { quiet?: boolean; format?: string }): Promise<void> {
  const volumes = await listVolumes(currentHome());
  const width = widthOf(process.stdout);
  const lines = quiet
    ? volumes.map(({ name }) => name)
    : format === undefined
      ? formatTable(
          ["DRIVER", "VOLUME NAME"],
          volumes.map(({ name }) => ["local", name]),
          width,
        )
      : await formatList(format, volumes.map(describe), width);
  for (const line of lines) printLine(line);
}

/** @throws BoxError no-such-volume */
export async function inspectVolume(name: string): Promise<Record<string, unknown>> {
  return describe(await findVolume(currentHome(), name));
}

async function inspect(names: string[], { format }: { format?: string }): Promise<number> {
  const found: Record<string, unknown>[] = [];
  const code = await forEachName(names, async (name) => void found.push(await inspectVolume(name)));
  printInspected(found, format);
  return code;
}

async function remove(names: string[], { force = false }: { force?: boolean }): Promise<number> {
  const used = await users();
  return forEachName(names, async (name) => {
    const volume = await findVolume(currentHome(), name).catch((error: unknown) => {
      if (force) return undefined;
      throw error;
    });
    const [user] = used.get(name) ?? [];
    if (user !== undefined) {
      throw new BoxError("volume-in-use", `volume ${name} is in use by box ${user}`, {
        hint: `remove that box first: \`box rm ${user}\``,
        exitCode: 1,
      });
    }
    if (volume) await removeVolume(currentHome(), volume.name);
    printLine(name);
  });
}

async function prune({ all = false }: { all?: boolean }): Promise<number> {
  const { names, failures } = await pruneVolumes(currentHome(), all);
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
