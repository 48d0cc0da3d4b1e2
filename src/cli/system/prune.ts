import type { Command } from "commander";
import { listBoxes } from "../../vm/box/find.js";
import { removeVolume } from "../../vm/volume/folders.js";
import { listVolumes, sweepVolumes } from "../../vm/volume/store.js";
import { sweepUncached } from "../after-pull.js";
import { removeEnded } from "../box/prune.js";
import { collect } from "../flags/parse.js";
import { labelsFit, parseFilters, type Filters } from "../filters.js";
import { PRUNE_FILTERS, printRemoved, pruneImages, type PruneFlags } from "../image/prune.js";
import { printLine } from "../output/print.js";
import { formatSize } from "../output/table.js";
import { measureUsage } from "./usage.js";

function printList(heading: string, names: string[]): void {
  if (names.length === 0) return;
  printLine(heading);
  for (const name of names) printLine(name);
  printLine("");
}

async function removeAnonymousVolumes(filters: Filters): Promise<string[]> {
  await sweepVolumes();
  const used = new Set(
    (await listBoxes()).flatMap(({ record }) => record.namedVolumes.map(({ name }) => name)),
  );
  const doomed = (await listVolumes()).filter(
    ({ name, anonymous, labels }) => anonymous && !used.has(name) && labelsFit(labels, filters),
  );
  for (const { name } of doomed) await removeVolume(name);
  return doomed.map(({ name }) => name);
}

async function prune(flags: PruneFlags & { volumes?: boolean }): Promise<void> {
  const filters = parseFilters(flags.filter ?? [], PRUNE_FILTERS);
  const before = await measureUsage();
  const boxes = new Set(await removeEnded(filters));
  printList("Deleted Boxes:", [...boxes]);
  const volumes = new Set(flags.volumes ? await removeAnonymousVolumes(filters) : []);
  printList("Deleted Volumes:", [...volumes]);
  await sweepUncached();
  const images = await pruneImages(flags);
  printRemoved(images);
  const bytes = [
    images.bytes,
    ...before.boxes.filter(({ box }) => boxes.has(box.record.id)).map((each) => each.bytes),
    ...before.volumes.filter(({ volume }) => volumes.has(volume.name)).map((each) => each.bytes),
  ].reduce((sum, each) => sum + each, 0);
  printLine(`Total reclaimed space: ${formatSize(bytes)}`);
}

export function addPrune(command: Command): Command {
  return command
    .option("-a, --all", "images with a name as well, unless a box was made of them")
    .option("--volumes", "volumes that nobody named and no box has")
    .option("-f, --force", "for scripts written for Docker: box never asks")
    .option("--filter <NAME=VALUE>", "until, label or label!", collect)
    .action(prune);
}
